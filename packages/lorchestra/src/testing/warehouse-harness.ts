import type { OpenOptions, Warehouse } from "../warehouse/warehouse.js";
import type { OddPayloadName } from "./odd-payloads.js";

/** What `testWarehouse` has to know of the warehouse it tests. */
export interface WarehouseHarness {
  /** Makes a place with nothing in it; called once a test. */
  create(): Promise<WarehousePlace>;
  /** "normalised": a payload comes back as an equal JSON value, not as the same text. */
  readonly payloads: "verbatim" | "normalised";
  /** Payloads that the warehouse may keep in `quarantine` instead of `raw_objects`. Default: none. */
  readonly mayQuarantine?: readonly OddPayloadName[];
  /** How soon a second run must be told that it is not alone, in ms. Default: 2,000. */
  readonly refusalDeadlineMs?: number;
  /** How many random histories the model is compared on. Default: 20. */
  readonly histories?: number;
  /** Seeds the random histories; part of every failure's text. Default: the time. */
  readonly seed?: number;
}

/** Somewhere a warehouse can be opened, again and again: a file's path, a dataset. */
export interface WarehousePlace {
  /** Opens the warehouse of this place; by default for writing, without a prefix, as `testOpenOptions` says. */
  open(options?: Partial<OpenOptions>): Promise<Warehouse>;
  /** A table's name as the warehouse's own SQL takes it, such as `events_dev.raw_objects`. */
  tableName(name: string): string;
  /** Runs one statement behind the warehouse's back, in its own dialect, while it is not open. */
  execute(sql: string): Promise<void>;
  /** The same text before and after means that nothing in the place has changed. */
  fingerprint(): Promise<string>;
  /** Removes the place and all that is in it. */
  remove(): Promise<void>;
}

/** The clock of the suites: it stands still. */
export const SUITE_NOW_MS = Date.UTC(2025, 5, 1, 12);

/** How the suites open a warehouse unless a test says otherwise. */
export function testOpenOptions(options: Partial<OpenOptions> = {}): OpenOptions {
  return { tablePrefix: "", access: "write", runId: "run-1", nowMs: () => SUITE_NOW_MS, ...options };
}
