import type { Moment } from "./moment.js";

/** What `probe.ts` is told, as JSON in LORCHESTRA_PROBE. */
export interface ProbeOrder {
  readonly watchesDuckdb: boolean;
  /** Of the run: changes of files below it are counted. */
  readonly directory: string;
  readonly kill: Extract<Moment, { kind: "statement" | "file" }> | null;
}
