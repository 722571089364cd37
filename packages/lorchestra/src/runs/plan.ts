import { mapConcurrently } from "./map-concurrently.js";
import { isInterrupted } from "./job/job-outcome.js";
import type { PlannedJob, PlanReport } from "./plan-report.js";
import { reportedError } from "./job/reported-error.js";
import type { JobInRun } from "./run-jobs.js";
import { streamOf } from "./stream-scope.js";

/** Says what runs of these jobs would take, from a few probes of the source each; reads only. Jobs that read no stream are left out. */
export async function planJobs(jobs: readonly JobInRun[]): Promise<PlanReport> {
  const planned = await mapConcurrently(jobs, AT_ONCE, async (one) =>
    one.job.stream === null ? [] : [await planJob(one)],
  );
  return { jobs: planned.flat() };
}

const AT_ONCE = 4;

async function planJob({ job, context }: JobInRun): Promise<PlannedJob> {
  const nothing: PlannedJob = {
    job: job.name,
    connection_name: context.connection.name,
    object_type: null,
    objects: null,
    requests: null,
    duration_ms: null,
    size_bytes: null,
    probes: 0,
    warehouse: null,
    error: null,
  };
  try {
    const stream = streamOf(context.source, job.name, job.stream ?? "");
    const { since, until } = context.options;
    const window =
      since === null && until === null ? {} : { window: { ...(since && { since }), ...(until && { until }) } };
    const estimate = await stream.estimate({ ...window, signal: context.signal });
    const load = await context.warehouse.estimateLoad({ objects: estimate.objects, sizeBytes: estimate.sizeBytes });
    return {
      ...nothing,
      object_type: stream.objectType,
      objects: estimate.objects,
      requests: estimate.requests,
      duration_ms: estimate.durationMs,
      size_bytes: estimate.sizeBytes,
      probes: estimate.probes,
      warehouse: {
        stored_bytes: load.storedBytes,
        bytes_billed: load.bytesBilled,
        price_usd: load.priceUsd,
        assumptions: load.assumptions,
      },
    };
  } catch (error) {
    if (isInterrupted(error, context.signal)) throw error;
    return { ...nothing, error: reportedError(error) };
  }
}
