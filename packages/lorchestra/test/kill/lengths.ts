import type { RunMode, WarehouseKind } from "./kill-plan.js";

export interface LengthKey {
  readonly warehouse: WarehouseKind;
  readonly account: string;
  /** Into an empty warehouse. */
  readonly isFirst: boolean;
  readonly mode: RunMode;
}

/** How long runs take here and now: moments are shares of it. */
export interface Lengths {
  /** Takes note of a run that was not disturbed. */
  measured(key: LengthKey, elapsedMs: number): void;
  of(key: LengthKey): number;
}

export function createLengths(): Lengths {
  const known = new Map<string, number>();
  const name = ({ warehouse, account, isFirst, mode }: LengthKey): string =>
    `${warehouse} ${account} ${isFirst ? "first" : mode}`;
  return {
    measured: (key, elapsedMs) => {
      const before = known.get(name(key));
      known.set(name(key), before === undefined ? elapsedMs : before * 0.7 + elapsedMs * 0.3);
    },
    of: (key) => {
      // A full run reads as much as a first one, any other that was not measured about as much as a plain one.
      const alike = key.mode === "full" ? { ...key, isFirst: true } : ({ ...key, mode: "plain" } as const);
      return known.get(name(key)) ?? known.get(name(alike)) ?? BEFORE_ANY[key.warehouse];
    },
  };
}

/** Until something was measured. */
const BEFORE_ANY: Readonly<Record<WarehouseKind, number>> = { duckdb: 1_500, bigquery: 6_000 };
