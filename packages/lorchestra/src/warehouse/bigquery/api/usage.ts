import type { WarehouseUsage } from "../../warehouse.js";
import type { JobResource } from "./resources.js";

/** Adds up what jobs have cost; each job counts once, however often it is looked at. */
export interface UsageMeter {
  add(job: JobResource): void;
  total(): WarehouseUsage;
}

/** A script's parent job carries the sums of its children, so that only parents are added. */
export function createUsageMeter(): UsageMeter {
  const counted = new Set<string>();
  const total = { bytes_processed: 0, bytes_billed: 0, jobs_run: 0, slot_ms: 0 };
  return {
    add(job) {
      const id = job.jobReference?.jobId;
      if (id === undefined || counted.has(id)) return;
      counted.add(id);
      const { statistics } = job;
      total.jobs_run += 1;
      total.bytes_processed += Number(statistics?.query?.totalBytesProcessed ?? statistics?.totalBytesProcessed ?? 0);
      total.bytes_billed += Number(statistics?.query?.totalBytesBilled ?? 0);
      total.slot_ms += Number(statistics?.totalSlotMs ?? 0);
    },
    total: () => ({ ...total }),
  };
}
