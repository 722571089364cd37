import type { Clock, ReadEvent, Source } from "injest";
import type { EventLog } from "../events/event-log.js";
import type { OpenSpill } from "../spill/spill.js";
import type { HeadStart } from "./read/head-start.js";
import type { Warehouse } from "../warehouse/warehouse.js";

/** Everything that a job may use: interfaces only, put together by `cli/compose.ts`. */
export interface RunContext {
  readonly runId: string;
  readonly connection: Connection;
  readonly source: Source;
  readonly warehouse: Warehouse;
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly openSpill: OpenSpill;
  readonly options: RunOptions;
  /** Aborts when the run is asked to stop: what is staged is committed, then the job ends as `interrupted`. */
  readonly signal: AbortSignal;
  /** Told what the source does, for progress lines. */
  readonly observe: (event: ReadEvent) => void;
  /** The read of the stream that the job declares, if it was begun already. */
  readonly headStart?: HeadStart | undefined;
}

/** An account at a provider, as `lorchestra.yaml` names it. */
export interface Connection {
  /** "stripe-mensio", as in every table. */
  readonly name: string;
  /** "stripe:mensio" */
  readonly identity: string;
  readonly provider: string;
  readonly description: string;
}

export interface RunOptions {
  readonly dryRun: boolean;
  readonly testTable: boolean;
  readonly since: Date | null;
  readonly until: Date | null;
  readonly full: boolean;
  readonly allowDeletes: boolean;
  readonly showValues: boolean;
}

/** A run as it is without any option. */
export const NO_OPTIONS: RunOptions = {
  dryRun: false,
  testTable: false,
  since: null,
  until: null,
  full: false,
  allowDeletes: false,
  showValues: false,
};
