import type { AccountStore } from "../store/account-store.js";
import { createFormulaShelf } from "../store/formula-shelf.js";
import { type ScaledType, scaledFormula } from "./scale-objects.js";
import type { Scenario } from "./scenario.js";
import { countOf, createdBy, type Shape } from "./shapes.js";

export interface ScaleOptions {
  /** How many objects of each type. Any number: they are computed, not kept. */
  readonly count: number;
  /** Default: payment intents only. */
  readonly objectTypes?: readonly ScaledType[];
  /** Default: uniform. */
  readonly shape?: Shape;
  /** How far back the oldest object lies. Default: 730; 3,650 for `clustered`, so that years are silent. */
  readonly days?: number;
  /** How large each object is made, in bytes, by a long note in its metadata. Default: no note. */
  readonly objectBytes?: number;
  readonly seed?: number;
}

/** An account of any size whose objects are made by formula when they are read. It has no events of its own. */
export function scale(options: ScaleOptions): Scenario {
  const { shape = "uniform", objectTypes = ["payment_intent"], objectBytes = 0, seed = 1 } = options;
  const { days = shape === "clustered" ? 3650 : 730 } = options;
  const count = countOf(shape, options.count);
  return {
    name: "scale",
    populate(account: AccountStore) {
      const end = Math.floor(account.clock.now() / 1000) - 60;
      const createdAt = createdBy(shape, count, { start: end - days * 86_400, end });
      for (const objectType of objectTypes) {
        const formula = scaledFormula(objectType, { account, seed, count, createdAt, objectBytes });
        account.useShelf(objectType, createFormulaShelf(formula));
      }
    },
  };
}
