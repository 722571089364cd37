import { statSync } from "node:fs";
import { join } from "node:path";
import { JOBS, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

/** Payment intents from the socket to committed rows in DuckDB; the processor time is the whole process's own. */
export async function load(ledger, { count }) {
  await withSandbox(["--scenario", "scale", "--count", String(count)], (env) =>
    withProject(env, async ({ run, cwd }) => {
      const measured = await run("run", JOBS[2], "--max-rate", "100%", "--json");
      const [job] = JSON.parse(measured.stdout).jobs;
      if (job.inserted !== count) throw new Error(`${job.inserted} rows instead of ${count}`);
      ledger.note(`load of ${count} payment intents into DuckDB`, {
        objectsPerCpuSecond: count / measured.cpuSeconds,
        wallOfLeast: measured.wallSeconds / (count / 2500),
        peakRssMb: measured.peakRssMb,
        fileMb: statSync(join(cwd, "lorchestra.duckdb")).size / 1e6,
      });
    }),
  );
}
