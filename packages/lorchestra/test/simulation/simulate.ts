import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunReport } from "../../src/runs/run-report.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { OBJECT_TYPES } from "./apply-change.js";
import { expectEvents } from "./expect-events.js";
import { expectTruth } from "./expect-truth.js";
import { expectBrought } from "./expect-verified.js";
import { isRefused } from "./memory-warehouse.js";
import { installMemoryNetwork } from "./memory-network.js";
import { type Ended, JOB_NAMES, runLorchestra } from "./run-lorchestra.js";
import type { Scenario } from "./scenario.js";
import { type Reports, takeStep } from "./take-step.js";
import { tamperAndRepair, verifyAsItIs } from "./tamper-and-repair.js";
import { VirtualTime } from "./virtual-time.js";
import { World } from "./world.js";

const START_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const SWEEP_DAYS = 30;
/** What the seam promises of a cursor. */
const LARGEST_CHECKPOINT = 64 * 1024;

/** How much happened, so that it can be seen that it was not nothing. */
export interface Tally {
  /** Runs, by how they ended. */
  readonly completed: number;
  readonly failed: number;
  readonly interrupted: number;
  readonly killed: number;
  /** Of the warehouse, by `verify`. */
  readonly verifications: number;
  readonly commits: number;
  readonly faults: number;
  readonly requests: number;
}

export interface Simulated {
  readonly tally: Tally;
  readonly largestCheckpoint: number;
  /** Equal for two simulations that took the same course. */
  readonly trace: string;
}

/**
 * Lets a course of events take place, then all goes well again; throws unless the warehouse comes to hold what the account
 * holds, and what a single undisturbed run leaves.
 */
export async function simulate(scenario: Scenario): Promise<Simulated> {
  const time = new VirtualTime(START_MS);
  installMemoryNetwork(() => time.touch());
  const directory = mkdtempSync(join(tmpdir(), "simulation-"));
  const world = await World.create(scenario, directory, time);
  try {
    const reports: Reports = new Map();
    for (const step of scenario.steps) await takeStep(world, step, reports);
    await settle(world, reports);
    const { ends, commits, faultsPlayed, requests, largestCheckpoint, verifications } = world;
    if (largestCheckpoint >= LARGEST_CHECKPOINT)
      throw new Error(`a checkpoint of ${largestCheckpoint} bytes was stored`);
    const tally = { ...ends, verifications, commits: commits.length, faults: faultsPlayed, requests };
    return { tally, largestCheckpoint, trace: world.traceDigest() };
  } finally {
    await world.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** All goes well again: one run, and the warehouse is right. */
async function settle(world: World, reports: Reports): Promise<void> {
  if (world.isKeyBroken) world.renewKey();
  const { seed } = world.scenario.machine;
  const looksTwice = seed % 2 === 0;
  const left =
    world.hasRows && world.verifying.chance(VERIFIED.beforeTheEnd) ? await verifyAsItIs(world) : new Set<string>();
  world.time.advance(world.slowestEventMs + (looksTwice ? world.listedEventMs : 0) + 1);
  await completeRun(world, {
    reports,
    async look(warehouse, { startedAtMs }) {
      await expectAll(world, warehouse, startedAtMs);
      await expectBrought(world, warehouse, left);
    },
  });

  if (world.hasUnannounced) await letSweepPass(world, reports);
  else if (looksTwice) await expectNothingNew(world, reports);
  // What was killed is closed, so that each job has its end now.
  const held = await completeRun(world, { reports, look: (warehouse) => expectEvents(world, warehouse, reports) });
  if (looksTwice && world.verifying.chance(VERIFIED.tampered)) await tamperAndRepair(world);
  if (seed % 3 === 0) await expectSameAsOneRun(world, held.rows);
}

/** How often: a verification takes as long as a run. */
const VERIFIED = { beforeTheEnd: 0.4, tampered: 0.25 };

interface CompleteRunOptions {
  readonly reports?: Reports;
  readonly jobs?: readonly string[];
  readonly look?: (warehouse: Warehouse, end: Ended) => Promise<void>;
}

/** All four jobs, without any trouble: they have to complete. */
async function completeRun(
  world: World,
  { reports, jobs = JOB_NAMES, look }: CompleteRunOptions,
): Promise<{ report: RunReport; rows: ReadonlyMap<string, string> }> {
  let rows: ReadonlyMap<string, string> = new Map();
  const end = await runLorchestra(world, {
    jobs,
    options: { allowDeletes: true },
    look: async (warehouse, ended) => {
      const { report } = ended;
      reports?.set(ended.runId, report);
      // With rows in quarantine it says that it is not whole.
      const isPartial = report.status === "partial" && report.jobs.some(({ quarantined }) => quarantined > 0);
      if (report.jobs.some(({ status }) => status !== "completed") || (report.status !== "completed" && !isPartial)) {
        const errors = JSON.stringify(report.jobs.map(({ error }) => error));
        throw new Error(`a run without any trouble was ${report.status}: ${errors}`);
      }
      await look?.(warehouse, ended);
      rows = await liveRows(warehouse);
    },
  });
  if (end.kind === "refused") throw end.error;
  if (end.kind === "killed") throw new Error("a run without any moments was killed");
  return { report: end.report, rows };
}

function expectAll(world: World, warehouse: Warehouse, startedAtMs: number): Promise<void> {
  return expectTruth(world, warehouse, {
    streams: OBJECT_TYPES.map((objectType) => ({ objectType, startedAtMs, listsAll: false })),
  });
}

async function expectNothingNew(world: World, reports: Reports): Promise<void> {
  // One that the run before gave up after 20 s may be answered only now.
  const startedAtMs = world.time.nowMs;
  const { report } = await completeRun(world, { reports });
  const singles = [...world.sandbox.requests].filter(
    ({ endpoint, atMs }) => endpoint.endsWith("/{id}") && atMs >= startedAtMs,
  );
  if (singles.length > 0)
    throw new Error(`running again read ${singles.length} objects singly, as if they were missing`);
  const changed = report.jobs.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
  if (changed > 0) throw new Error(`running again changed ${changed} rows, although nothing had changed`);
}

/** What no event tells of is found within the days of the sweep, by runs that come every few days. */
async function letSweepPass(world: World, reports: Reports): Promise<void> {
  const startedAtMs = world.time.nowMs;
  const late = OBJECT_TYPES.filter((objectType) => world.hasUnannouncedOf(objectType));
  const jobs = late.map((objectType) => JOB_NAMES[OBJECT_TYPES.indexOf(objectType)] ?? "");
  let intervalMs = 0;
  while (world.time.nowMs < startedAtMs + SWEEP_DAYS * DAY_MS + intervalMs) {
    intervalMs = (4 + world.random.integer(5)) * DAY_MS;
    world.time.advance(intervalMs);
    await completeRun(world, { reports, jobs });
  }
  for (const objectType of late) world.forgetUnannounced(objectType, startedAtMs);
  await completeRun(world, { reports, look: (warehouse) => expectAll(world, warehouse, world.time.nowMs) });
}

/** Into an empty warehouse one run brings the same rows; only deleted ones it never sees, and its times are its own. */
async function expectSameAsOneRun(world: World, held: ReadonlyMap<string, string>): Promise<void> {
  world.disk.startAfresh();
  const { rows: fresh } = await completeRun(world, {});
  for (const [key, row] of fresh) {
    const other = held.get(key);
    if (other !== row) throw new Error(`one undisturbed run leaves ${row} and this history ${other ?? "nothing"}`);
  }
  // Of what went into quarantine, a history may have an earlier version.
  const refused = world.scenario.machine.warehouse === "memory" ? countRefused(world) : 0;
  if (held.size < fresh.size || held.size > fresh.size + refused)
    throw new Error(`one undisturbed run leaves ${fresh.size} rows and this history ${held.size}`);
}

/** Objects that a warehouse may be unable to hold. */
function countRefused({ sandbox }: World): number {
  return OBJECT_TYPES.flatMap((objectType) => [...sandbox.truth(objectType)]).filter(
    ({ json, deleted }) => !deleted && isRefused(json),
  ).length;
}

async function liveRows(warehouse: Warehouse): Promise<Map<string, string>> {
  const columns =
    "idem_key, source_system, connection_name, object_type, schema_ref, external_id, payload_hash, listed_hash, object_created";
  const { rows } = await warehouse.query(`SELECT ${columns} FROM events_dev.raw_objects WHERE deleted_at IS NULL`, {
    dialect: "native",
  });
  const found = new Map<string, string>();
  for await (const row of rows) found.set(row[0] as string, JSON.stringify(row));
  return found;
}
