import { JOBS, sumOfJobs, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

const OBJECT_BYTES = 1_000_000;

/** Objects of 1 MB into DuckDB: the memory must follow the size of a batch, not of the account. */
export async function largeObjects(ledger, { counts }) {
  const peaks = [];
  for (const count of counts) {
    const sandbox = ["--scenario", "scale", "--count", String(count), "--object-bytes", String(OBJECT_BYTES)];
    await withSandbox(sandbox, (env) =>
      withProject(env, async ({ run }) => {
        const measured = await run("run", JOBS[2], "--max-rate", "100%", "--json");
        const inserted = sumOfJobs(measured, "inserted");
        if (inserted !== count) throw new Error(`${inserted} rows instead of ${count}`);
        peaks.push(measured.peakRssMb);
        ledger.note(`load of ${count} objects of 1 MB into DuckDB`, {
          megabytesPerSecond: (count * OBJECT_BYTES) / 1e6 / measured.wallSeconds,
          peakRssMb: measured.peakRssMb,
          peakOfFirst: measured.peakRssMb / peaks[0],
        });
      }),
    );
  }
}
