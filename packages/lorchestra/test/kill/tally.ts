import type { Moment } from "./moment.js";
import type { Comparison } from "./compare-rows.js";
import type { Resumption } from "./resumption.js";
import { PHASES, type Phase } from "./run-watch.js";
import type { WarehouseKind } from "./warehouse-kind.js";

/** What happened, all lives together. */
export interface Tally {
  /** A process was killed: where that fell, and by what it was chosen. */
  fell(phase: Phase, warehouse: WarehouseKind, chosenBy: Moment["kind"] | "overlap"): void;
  readonly kills: number;
  count(what: Counted): void;
  compared(comparison: Comparison): void;
  resumed(resumption: Resumption): void;
  slowest(what: "a second run's refusal" | "an interrupted run's end", elapsedMs: number): void;
  /** Lines for people. */
  lines(): string[];
}

type Counted =
  | "runs"
  | "runs that completed after a kill"
  | "kills in a first run"
  | "jobs closed as killed"
  | "interrupted by SIGINT or SIGTERM"
  | "second runs refused"
  | "processes paused past their lease"
  | "verify --all, nothing to find"
  | "moments that a run did not reach";

export function createTally(): Tally {
  const phases = new Map<Phase, number>();
  const choices = new Map<string, number>();
  const warehouses = new Map<WarehouseKind, number>();
  const counts = new Map<Counted, number>();
  const slowest = new Map<string, number>();
  const rows = { comparisons: 0, compared: 0, late: 0 };
  const resumptions: Resumption[] = [];
  const add = <Key>(map: Map<Key, number>, key: Key, more = 1): void => void map.set(key, (map.get(key) ?? 0) + more);
  const kills = (): number => [...phases.values()].reduce((sum, count) => sum + count, 0);
  return {
    fell: (phase, warehouse, chosenBy) => {
      add(phases, phase);
      add(warehouses, warehouse);
      add(choices, CHOSEN_BY[chosenBy]);
    },
    get kills() {
      return kills();
    },
    count: (what) => add(counts, what),
    compared: ({ compared, late }) => {
      rows.comparisons += 1;
      rows.compared += compared;
      rows.late += late;
    },
    resumed: (resumption) => void resumptions.push(resumption),
    slowest: (what, elapsedMs) => void slowest.set(what, Math.max(slowest.get(what) ?? 0, elapsedMs)),
    lines: () => [
      `${kills()} kills (${countsOf(warehouses)}): ${PHASES.map((phase) => `${phases.get(phase) ?? 0} ${phase}`).join(", ")}`,
      `chosen: ${countsOf(choices)}`,
      ...[...counts].map(([what, count]) => `${count} ${what}`),
      `${rows.comparisons} comparisons of ${rows.compared.toLocaleString("en")} rows with Stripe's; ` +
        `${rows.late} times the metadata of a payment intent was not there before the sweep`,
      ...resumedLine(resumptions),
      ...[...slowest].map(([what, elapsedMs]) => `slowest: ${what}, ${(elapsedMs / 1000).toFixed(1)} s`),
    ],
  };
}

const CHOSEN_BY: Readonly<Record<Moment["kind"] | "overlap", string>> = {
  time: "by time",
  failpoint: "by failpoint",
  statement: "inside a COMMIT or CHECKPOINT of DuckDB",
  file: "around a change of a file",
  request: "around a job of BigQuery",
  overlap: "while another run was refused",
};

function countsOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${count} ${what}`).join(", ");
}

function resumedLine(resumptions: readonly Resumption[]): string[] {
  if (resumptions.length === 0) return [];
  const committed = resumptions.reduce((sum, each) => sum + each.committed, 0);
  const again = resumptions.reduce((sum, each) => sum + Math.max(0, each.listed - each.left), 0);
  return [
    `${resumptions.length} backfills went on where they stood: of ${committed.toLocaleString("en")} objects that were ` +
      `committed, ${again.toLocaleString("en")} were read again (allowed: 500 a stream, and a tenth of what was left)`,
  ];
}
