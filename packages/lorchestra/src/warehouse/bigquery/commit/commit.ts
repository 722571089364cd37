import { LorchestraError } from "../../../errors.js";
import { failpoint } from "../../../failpoint.js";
import { deleteLimitError } from "../../delete-limit.js";
import type { Place } from "../address.js";
import { ApiError } from "../api/api-error.js";
import { classify } from "../api/classify.js";
import type { CommitPlan } from "./commit-plan.js";
import { commitSql, quarantineSql } from "./commit-sql.js";
import { checkAgainstDmlStats } from "./dml-stats.js";
import { COUNTS, mergeSql } from "./merge-sql.js";
import type { Dataset } from "../dataset.js";
import { attemptId, errorOf, MAX_ATTEMPTS, type Jobs } from "../api/jobs.js";
import { leaseLost, type Lease, type Leases } from "../lease/lease.js";
import { backoffMs, type Pace } from "../api/pace.js";
import type { Queue } from "../api/queue.js";
import type { JobResource } from "../api/resources.js";
import type { TextRow } from "../api/rows.js";
import { newestReadAtSql } from "../read/scope-sql.js";
import { jobId, type Explained, type Statements } from "../api/statements.js";

/** What a commit has done. Without staged rows all are 0. */
export type CommitCounts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** What is needed to run a commit's script. */
export interface CommitTools {
  readonly dataset: Dataset;
  readonly jobs: Jobs;
  readonly leases: Leases;
  readonly pace: Pace;
  readonly place: Place;
  readonly queue: Queue;
  readonly statements: Statements;
}

/** How often a transaction that another's has cancelled runs anew. */
const MAX_ROUNDS = 5;
/**
 * And while another run has a lease: for a minute and a half, as a rule. Whatever its stream, its commits change the same tables,
 * and while one of them runs each of ours is cancelled at once.
 */
const MAX_ROUNDS_BESIDE_OTHERS = 12;
/** Each statement bills 10 MB at least for every table that it reads; a commit has up to eight. */
const SMALL_STATEMENTS_BYTES = 200 * 1024 * 1024;

/**
 * Runs one commit: exactly once in effect. Ids of its jobs derive from `id`, so that a lost answer is found again.
 * Resolves to "several rows", and has moved the lease's epoch only, where an object that is updated has several and the plan
 * says nothing of joining them.
 * Throws LEASE_LOST, DELETE_LIMIT, WAREHOUSE_COST_LIMIT, WAREHOUSE_BUSY and what BigQuery's refusals are classified as.
 */
export async function runCommit(
  tools: CommitTools,
  plan: CommitPlan,
  lease: Lease,
  id: string,
  signal: AbortSignal,
): Promise<CommitCounts | "several rows"> {
  const capBytes = await affordableBytes(tools, plan, signal);
  const done = await runScript(tools, plan, lease, { id, capBytes, signal });
  failpoint("after-merge");
  // Also where its result cannot be read: a lease is freed by its epoch.
  lease.epoch = plan.fence.nextEpoch;
  const row = await guarded(tools, plan, () => tools.statements.result(done, signal));
  const counts = countsOf(row);
  const { outcome } = row;
  if (outcome === "several_rows") return "several rows";
  const limit = plan.staged?.deleteLimit ?? null;
  if (outcome !== "committed" && limit !== null) throw deleteLimitError(plan.scope, counts.n_deleted, limit);
  if (counts.n_rows > 0) await checkAgainstDmlStats(tools, plan.scope.stream, done, counts, signal);
  return counts;
}

/**
 * Asks what the MERGE would bill, and the look for the newest row where the lease does not keep it, and for what is in quarantine. That and a quarter bounds the
 * script, whose counts name no more than the MERGE; twice that where it joins rows, as it then reads again no more than it
 * bills as changed. Undefined where nothing is staged: then the script only touches small tables.
 */
async function affordableBytes(tools: CommitTools, plan: CommitPlan, signal: AbortSignal): Promise<number | undefined> {
  if (plan.staged === null) return undefined;
  // The clause for tombstones bills nothing more, and an emulator explains no MERGE with two UPDATEs.
  const sql = mergeSql({ ...plan, staged: { ...plan.staged, hasDeletes: false } });
  const streams = [plan.scope.stream];
  const explained = (text: string): Promise<Explained> =>
    guarded(tools, plan, () => tools.statements.explain(text, { streams, signal }));
  let { bytes } = await explained(sql);
  if (plan.staged.isNewestUnknown)
    bytes += (await explained(newestReadAtSql(plan.tables.rawObjects, plan.scope))).bytes;
  if (plan.staged.hasQuarantined) bytes += (await explained(quarantineSql(plan))).bytes;
  const limit = tools.place.maximumBytesBilled;
  if (limit !== null && bytes > limit) {
    throw new LorchestraError("WAREHOUSE_COST_LIMIT", `a commit of ${plan.scope.stream} would bill ${bytes} bytes`, {
      hint: `raise warehouse_options.maximum_bytes_billed (${limit}) if this is worth it to you`,
      facts: { bytes, limit },
    });
  }
  return Math.ceil(bytes * (plan.staged.joining === null ? 1.25 : 2)) + SMALL_STATEMENTS_BYTES;
}

async function runScript(
  tools: CommitTools,
  plan: CommitPlan,
  lease: Lease,
  options: { id: string; capBytes: number | undefined; signal: AbortSignal },
): Promise<JobResource> {
  const { leases, pace, statements, place, queue } = tools;
  const { id, capBytes, signal } = options;
  const sql = commitSql(plan);
  const more = { streams: [plan.scope.stream], signal, ...(capBytes === undefined ? {} : { capBytes }) };
  const ids: string[] = [];
  for (let round = 0; ; round += 1) {
    const roundId = jobId(plan.runId, id, round);
    ids.push(roundId);
    failpoint("before-checkpoint");
    try {
      // Between two rounds the queue is free, so that the leases of this process are renewed however many there are.
      return await queue.run(() => statements.change(roundId, sql, more));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The row of the lease knows what came of it, whatever the message says.
      const state = await leases.inspect(lease, signal);
      if (state === "moved") return await committedJob(tools, ids, plan, signal);
      if (state === "lost") throw leaseLost(lease);
      // BigQuery reports a cancelled transaction as an invalid query, like a failed assertion
      // (https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency).
      if (error.reason !== "invalidQuery") throw classify(error, place, { what: describe(plan), isDml: true });
      const rounds = round + 1;
      const isEnough =
        rounds >= MAX_ROUNDS_BESIDE_OTHERS ||
        (rounds >= MAX_ROUNDS && !(await guarded(tools, plan, () => leases.areOthersRunning(signal))));
      if (isEnough) throw await conflictOrFailure(tools, plan, { jobName: roundId, rounds, error, signal });
      await pace.sleep(backoffMs(round, pace.random()), signal);
    }
  }
}

/** The attempt that has moved the epoch: a later one was refused, or its own answer was lost. */
async function committedJob(
  tools: CommitTools,
  ids: readonly string[],
  plan: CommitPlan,
  signal: AbortSignal,
): Promise<JobResource> {
  // BigQuery may say for a moment that there is no such job, or that it still runs.
  for (let search = 0; search < MAX_ROUNDS; search += 1) {
    if (search > 0) await tools.pace.sleep(backoffMs(search, tools.pace.random()), signal);
    for (const id of ids) {
      // One that never arrived leaves a gap before the next.
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const job = await guarded(tools, plan, () => tools.jobs.find(attemptId(id, attempt), signal));
        if (job?.status?.state === "DONE" && errorOf(job) === null) return job;
      }
    }
  }
  throw new LorchestraError(
    "WAREHOUSE_FAILED",
    `a commit of ${plan.scope.stream} took place, but none of its jobs says so`,
    {
      hint: "run again: nothing is lost, only this commit's counts are",
      facts: { stream: plan.scope.stream },
    },
  );
}

/** Cancelled again and again: by another process if there is one, else for a reason of ours. */
async function conflictOrFailure(
  tools: CommitTools,
  plan: CommitPlan,
  { jobName, rounds, error, signal }: { jobName: string; rounds: number; error: ApiError; signal: AbortSignal },
): Promise<unknown> {
  if (!(await guarded(tools, plan, () => isAnotherWriting(tools, jobName, signal)))) {
    return classify(error, tools.place, { what: describe(plan), isDml: true });
  }
  return new LorchestraError(
    "WAREHOUSE_BUSY",
    `another process writes to the same tables, so BigQuery cancelled each attempt to ${describe(plan)}`,
    {
      hint: "run again when the other process has ended; the checkpoint was kept",
      facts: { rounds },
      cause: error,
    },
  );
}

/**
 * Another run of lorchestra has a lease; anything else that writes leaves its time on the tables. Not on `leases`, which
 * renewals of our own change at any time.
 */
async function isAnotherWriting(
  { dataset, jobs, leases }: CommitTools,
  jobName: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (await leases.areOthersRunning(signal)) return true;
  const job = await jobs.find(attemptId(jobName, 0), signal);
  const startedAt = Number(job?.statistics?.creationTime ?? Number.POSITIVE_INFINITY);
  for (const name of ["raw_objects", "checkpoints"] as const) {
    const table = await dataset.table(name, signal);
    if (Number(table?.lastModifiedTime ?? 0) >= startedAt) return true;
  }
  return false;
}

function countsOf(row: TextRow): CommitCounts {
  const [inserted, updated, unchanged, deleted, stale, joined, rows] = COUNTS.map((name) => Number(row[name] ?? 0));
  return {
    n_inserted: inserted ?? 0,
    n_updated: updated ?? 0,
    n_unchanged: unchanged ?? 0,
    n_deleted: deleted ?? 0,
    n_stale: stale ?? 0,
    n_joined: joined ?? 0,
    n_rows: rows ?? 0,
  };
}

async function guarded<T>({ place }: CommitTools, plan: CommitPlan, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw classify(error, place, { what: describe(plan), isDml: true });
  }
}

function describe(plan: CommitPlan): string {
  return `commit changes of ${plan.scope.stream}`;
}
