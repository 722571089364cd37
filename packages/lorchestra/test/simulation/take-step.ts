import type { RunOptions } from "../../src/runs/run-context.js";
import type { RunReport } from "../../src/runs/run-report.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { OBJECT_TYPES } from "./apply-change.js";
import { type Expectation, expectTruth } from "./expect-truth.js";
import { expectVerified } from "./expect-verified.js";
import { type Ended, JOB_NAMES, runLorchestra, type RunRequest } from "./run-lorchestra.js";
import type { Committed } from "./process-warehouse.js";
import type { RunStep, Step } from "./steps.js";
import { API_VERSIONS } from "./scenario.js";
import { verifyLorchestra } from "./verify-lorchestra.js";
import type { World } from "./world.js";

/** What runs said of themselves, by run id; those that were killed said nothing. */
export type Reports = Map<string, RunReport>;

/** Lets one thing happen, and looks at what can be said at once. */
export async function takeStep(world: World, step: Step, reports: Reports): Promise<void> {
  switch (step.kind) {
    case "change":
      return world.change(step.changes);
    case "wait":
      return world.time.advance(step.ms);
    case "new-key":
      return world.renewKey();
    case "api-version":
      world.apiVersion = API_VERSIONS[step.version] ?? API_VERSIONS[0];
      return;
    case "account-version":
      world.sandbox.apiVersion = API_VERSIONS[step.version] ?? API_VERSIONS[0];
      return;
    case "wrong-key":
      return wrongKey(world, step.isTestMode);
    case "late-write":
      return lateWrite(world, step.pick);
    case "run":
      return run(world, step, reports);
  }
}

async function run(world: World, step: RunStep, reports: Reports): Promise<void> {
  const jobs = JOB_NAMES.filter((_, index) => ((step.jobs >> index) & 1) === 1);
  const rules = step.faults.map((rule) => ({ rule, active: world.sandbox.faults.add(rule) }));
  const request: RunRequest = { jobs, options: optionsOf(step, world.time.nowMs), moments: step.moments };
  let hasCompleted = false;
  try {
    if (step.mode === "dry") return void (await dryRun(world, request));
    if (step.mode === "rehearsal") return await rehearse(world, request, reports);
    const look = (warehouse: Warehouse, end: Ended): Promise<void> =>
      expectAfter(world, step, { jobs, warehouse, end });
    const end = await runLorchestra(world, { ...request, look });
    if (end.kind === "refused") throw end.error;
    if (end.kind === "ended" && step.mode !== "test-table") reports.set(end.runId, end.report);
    hasCompleted = end.kind === "ended" && end.report.status === "completed";
  } finally {
    const broke = rules.filter(({ rule, active }) => BREAKS_KEY.test(rule.fault.kind) && active.hits > 0);
    if (broke.length > 0) world.breakKey();
    for (const { active } of rules) world.faultsPlayed += active.hits;
    world.sandbox.faults.clear();
    world.noteFaultyDeletions();
  }
  if (hasCompleted && world.hasRows && !world.isKeyBroken && world.verifying.chance(VERIFIED_RUNS))
    await expectVerified(world, await verifyLorchestra(world, { jobs, repair: false }));
}

/** Of those that completed: a verification takes as long as a run. */
const VERIFIED_RUNS = 0.1;

const BREAKS_KEY = /^(?:key-revoked|permission-removed)$/;

function optionsOf(step: RunStep, nowMs: number): Partial<RunOptions> {
  const ago = (seconds: number): Date => new Date(Math.floor(nowMs / 1000 - seconds) * 1000);
  const until = step.until === null ? null : ago(Math.min(step.until, step.since));
  return {
    allowDeletes: step.allowDeletes,
    ...(step.mode === "window" && { since: ago(step.since), until }),
    ...(step.mode === "full" && { full: true }),
    ...(step.mode === "test-table" && { testTable: true }),
  };
}

/** After a job that completed its rows are the account's, but for what it could not know. */
async function expectAfter(
  world: World,
  step: RunStep,
  { jobs, warehouse, end }: { jobs: readonly string[]; warehouse: Warehouse; end: Ended },
): Promise<void> {
  const changesMeanwhile = step.moments.some(({ action }) => action.kind === "change");
  const deletesMeanwhile = step.faults.some(({ fault }) => fault.kind === "cursor-deleted");
  if (deletesMeanwhile) world.noteFaultyDeletions();
  const { startedAtMs } = end;
  const streams: Expectation["streams"][number][] = [];
  for (const [index, { job, status, error, notices }] of end.report.jobs.entries()) {
    if (error?.code === "INTERNAL") throw new Error(`${job} failed with INTERNAL: ${JSON.stringify(error)}`);
    const objectType = OBJECT_TYPES[JOB_NAMES.indexOf(jobs[index] ?? "")];
    if (status !== "completed" || objectType === undefined || step.mode === "test-table") continue;
    const listsAll = step.mode === "full" || notices.some(({ code }) => LISTS_ALL.has(code));
    if (step.mode !== "window") streams.push({ objectType, startedAtMs, listsAll });
    else if (!changesMeanwhile && !deletesMeanwhile) {
      const { since, until } = optionsOf(step, startedAtMs);
      const window = { since: secondsOf(since) ?? 0, until: secondsOf(until) ?? startedAtMs / 1000 - 60 };
      streams.push({ objectType, startedAtMs, listsAll: true, window });
    }
  }
  await expectTruth(world, warehouse, { streams });
  for (const { objectType, listsAll, window } of streams) {
    if (listsAll && window === undefined) world.forgetUnannounced(objectType, startedAtMs);
  }
}

function secondsOf(date: Date | null | undefined): number | undefined {
  return date ? date.getTime() / 1000 : undefined;
}

const LISTS_ALL = new Set(["FEED_EXPIRED", "POSITION_AHEAD", "FEED_FORBIDDEN", "API_VERSION_CHANGED"]);

/** It reads and compares, and not a byte of the warehouse is another one afterwards. */
async function dryRun(world: World, request: RunRequest): Promise<RunReport | null> {
  const before = world.disk.fingerprint();
  const end = await runLorchestra(world, { ...request, options: { ...request.options, dryRun: true } });
  if (end.kind === "refused") throw end.error;
  // A killed one leaves a copy of the file.
  if (world.disk.fingerprint() !== before) throw new Error("a dry run changed the warehouse's files");
  return end.kind === "ended" ? end.report : null;
}

/** What a dry run says is what the run does, if nothing happens in between. */
async function rehearse(world: World, request: RunRequest, reports: Reports): Promise<void> {
  const undisturbed = { jobs: request.jobs, options: { ...request.options, allowDeletes: true } };
  world.sandbox.faults.clear();
  const isCertain = world.slowestEventMs === 0 && !world.hasUnannounced;
  const said = await dryRun(world, undisturbed);
  const end = await runLorchestra(world, undisturbed);
  if (end.kind !== "ended") throw new Error(`a run without any trouble was ${end.kind}`);
  reports.set(end.runId, end.report);
  for (const [index, job] of end.report.jobs.entries()) {
    const dry = said?.jobs[index];
    if (!isCertain || dry?.status !== "completed" || job.status !== "completed") continue;
    for (const name of ["inserted", "updated", "deleted", "quarantined"] as const) {
      if (dry[name] !== job[name])
        throw new Error(`a dry run of ${job.job} said ${dry[name]} ${name}, and it was ${job[name]}`);
    }
  }
}

/** The key of another account: where the checkpoint knows its own, nothing may be written. */
async function wrongKey(world: World, isTestMode: boolean): Promise<void> {
  const stored = world.commits.findLast(
    ({ scope, checkpoint, isTest }) => scope.stream === "customers" && checkpoint !== null && !isTest,
  );
  const { account } = (stored?.checkpoint?.cursor ?? {}) as { readonly account?: unknown };
  if (typeof account !== "string") return;
  const end = await runLorchestra(world, {
    jobs: ["stripe_ingest_customers"],
    options: { allowDeletes: true },
    key: world.otherKey(isTestMode),
  });
  const code = end.kind === "ended" ? end.report.jobs[0]?.error?.code : end.kind;
  if (code !== "SOURCE_ACCOUNT_CHANGED" && code !== "SOURCE_MODE_CHANGED")
    throw new Error(`another account's key gave ${code}`);
}

/** Changes that were written before are older than what is there, or the same: they may not have any effect. */
async function lateWrite(world: World, pick: number): Promise<void> {
  const earlier = writtenBy(world.commits.filter(({ isTest }) => !isTest));
  const outdated = earlier.filter(isOutdated);
  const candidates = outdated.length > 0 ? outdated : earlier;
  const write = candidates[pick % candidates.length];
  if (write === undefined) return;
  const { scope, changes } = write;
  await using warehouse = await world.disk.open({ access: "write", runId: "late", tablePrefix: "" });
  await using load = await warehouse.beginLoad(scope, {
    runId: "late",
    schemaRef: "late",
    idemKey: (id) => `stripe:stripe-mensio:${scope.objectType}:${id}`,
  });
  await load.append(changes);
  const { inserted, updated, deleted } = await load.commit(null);
  if (inserted + updated + deleted === 0) return;
  throw new Error(`an old write changed rows: ${inserted} inserted, ${updated} updated, ${deleted} deleted`);
}

type Write = Pick<Committed, "scope" | "changes">;

/**
 * What commits wrote: a change that shows an object as it was leaves the row alone, with its `last_seen`, so that no later
 * reading has to be later than that one. Only the lock, or the lease, keeps such a change from coming late.
 */
function writtenBy(commits: readonly Committed[]): Write[] {
  const known = new Map<string, string>();
  return commits.flatMap(({ scope, changes }) => {
    const written = changes.filter((change) => {
      const name = `${scope.stream} ${change.id}`;
      const isNew = known.get(name) !== contentOf(change);
      known.set(name, contentOf(change));
      return isNew;
    });
    return written.length === 0 ? [] : [{ scope, changes: written }];
  });
}

/** Whether a later write brought one of its objects as another one. */
function isOutdated(write: Write, at: number, writes: readonly Write[]): boolean {
  const ids = new Set(write.changes.map(({ id }) => id));
  return writes
    .slice(at + 1)
    .some(({ scope, changes }) => scope.stream === write.scope.stream && changes.some(({ id }) => ids.has(id)));
}

function contentOf(change: Committed["changes"][number]): string {
  return change.op === "delete" ? "deleted" : change.record.contentHash;
}
