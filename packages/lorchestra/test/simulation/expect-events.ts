import type { RunReport } from "../../src/runs/run-report.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { readTable, type Row } from "./expect-truth.js";
import type { World } from "./world.js";

interface LoggedEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly source_system: string;
  readonly connection_name: string | null;
  readonly target_object_type: string | null;
  readonly correlation_id: string;
  readonly status: string;
  readonly payload: string;
}

/** What the event log of all runs has to say, once no job is open any more. Throws with what does not hold. */
export async function expectEvents(
  world: World,
  warehouse: Warehouse,
  reports: ReadonlyMap<string, RunReport>,
): Promise<void> {
  const events = await readTable<LoggedEvent>(warehouse, "event_log");
  const problems: string[] = [];
  const ids = new Set(events.map(({ event_id }) => event_id));
  if (ids.size !== events.length) problems.push(`${events.length - ids.size} events are there twice`);
  for (const [job, ofJob] of byJob(events)) {
    for (const problem of problemsOfJob(ofJob)) problems.push(`job ${job} of ${ofJob[0]?.correlation_id}: ${problem}`);
  }
  for (const [runId, report] of reports) problems.push(...problemsOfReport(runId, report, events));
  problems.push(...(await problemsOfSums(world, warehouse, events)));
  if (problems.length > 0) throw new Error(`the event log is wrong:\n  ${problems.slice(0, 8).join("\n  ")}`);
}

function byJob(events: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const jobs = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const job = event.event_id.slice(0, event.event_id.lastIndexOf("-"));
    jobs.set(job, [...(jobs.get(job) ?? []), event]);
  }
  return jobs;
}

function problemsOfJob(events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  const count = (...types: string[]): number => events.filter(({ event_type }) => types.includes(event_type)).length;
  if (count("job.started") !== 1) problems.push(`${count("job.started")} starts`);
  if (count("job.completed", "job.failed") !== 1) problems.push(`${count("job.completed", "job.failed")} ends`);
  if (count("ingest.completed", "ingest.failed") > 1) problems.push("two ends of its reading");
  if (count("upsert.completed") > 1) problems.push("two upsert.completed");
  const isRepair = events.some((event) => event.event_type === "job.started" && modeOf(event) === "repair");
  // A repair ingests nothing.
  if (count("job.completed") === 1 && count("ingest.completed", "upsert.completed") !== (isRepair ? 1 : 2))
    problems.push("job.completed without its ingest.completed and upsert.completed");
  const subjects = new Set(events.map((event) => `${event.correlation_id} ${event.target_object_type}`));
  if (subjects.size !== 1) problems.push(`events of several subjects: ${[...subjects].join(", ")}`);
  for (const { event_type, source_system, connection_name } of events) {
    const source = event_type.startsWith("job.") ? "lorchestra" : "stripe";
    if (source_system !== source || connection_name !== "stripe-mensio")
      problems.push(`${event_type} is misattributed`);
  }
  return problems;
}

function modeOf({ payload }: LoggedEvent): unknown {
  return (JSON.parse(payload) as { readonly mode?: unknown }).mode;
}

/** What a run printed has to be what it wrote down. */
function problemsOfReport(runId: string, report: RunReport, events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  for (const job of report.jobs) {
    const own = events.filter(
      (event) => event.correlation_id === runId && event.target_object_type === job.object_type,
    );
    const end = own.find(({ event_type }) => event_type === "job.completed" || event_type === "job.failed");
    const at = `${job.job} of ${runId} (${job.status})`;
    const isUnlogged =
      job.error?.code === "ALREADY_RUNNING" || /ACCOUNT_CHANGED|MODE_CHANGED/.test(job.error?.code ?? "");
    if (isUnlogged || job.error?.code === "EVENTS_LOST") {
      if (isUnlogged && own.length > 0) problems.push(`${at} wrote events`);
      continue;
    }
    // One that was asked to stop before it began leaves nothing.
    if (end === undefined && job.status === "interrupted" && own.length === 0) continue;
    const expected = job.status === "completed" ? "job.completed" : "job.failed";
    if (end?.event_type !== expected) problems.push(`${at} ended with ${end?.event_type ?? "nothing"}`);
    const upsert = own.find(({ event_type }) => event_type === "upsert.completed");
    if (upsert === undefined) continue;
    const payload = JSON.parse(upsert.payload) as Record<string, unknown>;
    for (const name of ["records_extracted", "inserted", "updated", "unchanged", "deleted", "stale"] as const) {
      if (payload[name] !== job[name])
        problems.push(`${at}: ${name} is ${String(payload[name])} in the log, ${job[name]} in the report`);
    }
  }
  return problems;
}

/** Each row was inserted once: by a commit that is in the log, or by one of a run that was killed before it could write it down. */
async function problemsOfSums(world: World, warehouse: Warehouse, events: readonly LoggedEvent[]): Promise<string[]> {
  const rows = await readTable<Row>(warehouse, "raw_objects");
  const commits = world.commits.filter(({ isTest }) => !isTest);
  const inserted = commits.reduce((sum, { result }) => sum + result.inserted, 0);
  const problems: string[] = [];
  if (inserted !== rows.length) problems.push(`${inserted} rows were inserted, and ${rows.length} are there`);
  const upserts = events.filter(({ event_type }) => event_type === "upsert.completed");
  for (const { correlation_id, target_object_type, payload } of upserts) {
    const told = (JSON.parse(payload) as { inserted: number }).inserted;
    const done = commits
      .filter(({ runId, scope }) => runId === correlation_id && scope.objectType === target_object_type)
      .reduce((sum, { result }) => sum + result.inserted, 0);
    if (told !== done)
      problems.push(
        `${correlation_id} says that it inserted ${told} of ${target_object_type}, and it inserted ${done}`,
      );
  }
  return problems;
}
