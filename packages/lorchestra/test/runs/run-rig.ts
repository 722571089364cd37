import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ReadEvent, Source } from "injest";
import { createEventSpool } from "../../src/events/event-spool.js";
import { warehouseEventLog } from "../../src/events/warehouse-event-log.js";
import { ingestJob } from "../../src/jobs/ingest-job.js";
import type { Job } from "../../src/jobs/job.js";
import { NO_OPTIONS, type RunContext, type RunOptions } from "../../src/runs/run-context.js";
import { openDiskSpill } from "../../src/spill/disk-spill.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";
import { arraySource, type ArraySource } from "./array-source.js";
import { type StoppedClock, stoppedClock } from "./stopped-clock.js";

/** A DuckDB file in a directory of its own, a source over a list, and a clock that stands still. */
export interface RunRig extends AsyncDisposable {
  readonly directory: string;
  readonly clock: StoppedClock;
  readonly source: ArraySource;
  /** Opens the warehouse for one run and hands out its context; the run ends when `work` does. */
  run<T>(work: (context: RunContext) => Promise<T>, options?: RigRunOptions): Promise<T>;
  /** Changes the warehouse behind its back, between runs. */
  tamper(sql: string): Promise<void>;
  /** The rows that a query of the warehouse's own dialect gives, by column. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

export interface RigRunOptions extends Partial<RunOptions> {
  readonly signal?: AbortSignal;
  readonly source?: Source;
  readonly access?: "read" | "write";
  readonly observe?: (event: ReadEvent) => void;
  /** Puts something before the warehouse, such as one that refuses. */
  readonly wrap?: (warehouse: Warehouse) => Warehouse;
}

export const THINGS: Job = ingestJob({
  name: "ingest_things",
  description: "Things",
  provider: "stripe",
  stream: "things",
});

/** `pageSize`: objects that the source lists at a time. */
export function runRig({ pageSize }: { pageSize?: number } = {}): RunRig {
  const directory = mkdtempSync(join(tmpdir(), "runs-"));
  const clock = stoppedClock();
  const source = arraySource({ now: () => clock.wallMs(), ...(pageSize !== undefined && { pageSize }) });
  let runs = 0;

  const open = async (access: "read" | "write", runId: string): Promise<Warehouse> => {
    const kind = WAREHOUSES["duckdb"];
    if (kind === undefined) throw new Error("no DuckDB warehouse");
    const openWarehouse = await kind.load();
    return openWarehouse(
      { url: "duckdb:./test.duckdb", directory, environment: {}, settings: {} },
      { tablePrefix: "", access, runId, nowMs: () => clock.wallMs() },
    );
  };

  return {
    directory,
    clock,
    source,
    async run(work, { signal, source: other, access, observe, wrap, ...options } = {}) {
      runs += 1;
      // Each run begins later than all before it, as in life.
      clock.advance(1_000);
      const runId = `run-${runs}`;
      await using opened = await open(access ?? (options.dryRun === true ? "read" : "write"), runId);
      const warehouse = wrap?.(opened) ?? opened;
      return await work({
        runId,
        connection: { name: "stripe-mensio", identity: "stripe:mensio", provider: "stripe", description: "" },
        source: other ?? source,
        warehouse,
        eventLog: warehouseEventLog(
          warehouse,
          createEventSpool({ directory: join(directory, "spool"), warehouseKey: "test" }),
        ),
        clock,
        openSpill: openDiskSpill,
        options: { ...NO_OPTIONS, ...options },
        signal: signal ?? new AbortController().signal,
        observe: observe ?? (() => undefined),
      });
    },
    async tamper(sql) {
      const instance = await DuckDBInstance.create(join(directory, "test.duckdb"));
      const connection = await instance.connect();
      await connection.run(sql);
      connection.closeSync();
      instance.closeSync();
    },
    async rows(sql) {
      await using warehouse = await open("read", "look");
      const { columns, rows } = await warehouse.query(sql, { dialect: "native" });
      const found: Record<string, unknown>[] = [];
      for await (const row of rows)
        found.push(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
      return found;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  };
}

/** Commits after so many rows, so that a few pages make several commits. */
export const commitEvery =
  (rows: number) =>
  (warehouse: Warehouse): Warehouse =>
    Object.create(warehouse, {
      capabilities: {
        value: { ...warehouse.capabilities, commitAfter: { ...warehouse.capabilities.commitAfter, rows } },
      },
    }) as Warehouse;
