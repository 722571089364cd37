import type { RunMode } from "./kill-plan.js";
import type { WarehouseKind } from "./warehouse-kind.js";

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
  measured(key: LengthKey, length: Length): void;
  of(key: LengthKey): Length;
}

/** How long a run took, and how much of it from its first request on, in ms. */
export interface Length {
  readonly elapsedMs: number;
  readonly readingMs: number;
}

export function createLengths(): Lengths {
  const known = new Map<string, Length>();
  const name = ({ warehouse, account, isFirst, mode }: LengthKey): string =>
    `${warehouse} ${account} ${isFirst ? "first" : mode}`;
  return {
    measured: (key, { elapsedMs, readingMs }) => {
      const before = known.get(name(key)) ?? { elapsedMs, readingMs };
      known.set(name(key), {
        elapsedMs: before.elapsedMs * 0.5 + elapsedMs * 0.5,
        readingMs: before.readingMs * 0.5 + readingMs * 0.5,
      });
    },
    of: (key) => {
      // A full run reads as much as a first one, any other that was not measured about as much as a plain one.
      const alike = key.mode === "full" ? { ...key, isFirst: true } : ({ ...key, mode: "plain" } as const);
      return known.get(name(key)) ?? known.get(name(alike)) ?? BEFORE_ANY[key.warehouse];
    },
  };
}

/** Until something was measured. */
const BEFORE_ANY: Readonly<Record<WarehouseKind, Length>> = {
  duckdb: { elapsedMs: 1_500, readingMs: 1_000 },
  bigquery: { elapsedMs: 6_000, readingMs: 4_000 },
};
