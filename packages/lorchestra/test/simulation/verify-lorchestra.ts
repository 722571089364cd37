import { NO_OPTIONS } from "../../src/runs/run-context.js";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { VerifyReport } from "../../src/runs/verify-report.js";
import { processWarehouse } from "./process-warehouse.js";
import { contextOf, jobsIn, LONGEST_MS, openSource } from "./run-lorchestra.js";
import { SimulatedProcess } from "./simulated-process.js";
import type { World } from "./world.js";

export interface VerifyRequest {
  readonly jobs: readonly string[];
  readonly repair: boolean;
}

/** Verifies as the command line would, undisturbed. Throws where a stream was not compared, and where it wrote although it only reads. */
export async function verifyLorchestra(world: World, { jobs, repair }: VerifyRequest): Promise<VerifyReport> {
  const { time, disk, scenario } = world;
  const runId = `${world.nextRunId()}-verify`;
  const options = { ...NO_OPTIONS, allowDeletes: true };
  const before = repair ? null : disk.fingerprint();
  const access = repair ? "write" : "read";
  const process = new SimulatedProcess(time, [], () => undefined);
  const opened = await time.until(
    time.outside(() => disk.open({ runId, access, tablePrefix: "" })),
    LONGEST_MS,
  );
  const source = openSource(world, world.key);
  let report: VerifyReport;
  try {
    const warehouse = processWarehouse(opened, {
      process,
      commitRows: scenario.machine.commitRows,
      leased: world.leasedScopes,
      onCommit: () => world.beginCommit(false),
    });
    const context = contextOf(world, { runId, options, process, source, warehouse });
    report = await time.until(verifyJobs(jobsIn(jobs, context), { sample: null, repair }), LONGEST_MS);
  } finally {
    await source.close();
    await opened[Symbol.asyncDispose]();
  }
  world.verifications += 1;
  world.note(`${runId} is ${report.status}`);
  for (const { job, status, error } of report.jobs) {
    if (status !== "equal" && status !== "different")
      throw new Error(`verify of ${job} was ${status}: ${JSON.stringify(error)}`);
  }
  if (before !== null && disk.fingerprint() !== before) throw new Error("verify changed the warehouse's files");
  return report;
}
