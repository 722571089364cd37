import { JOBS, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

/** What a first load and a day's changes cost in BigQuery's own terms; needs an emulator at BIGQUERY_EMULATOR_HOST. */
export async function bigquery(ledger) {
  const host = process.env.BIGQUERY_EMULATOR_HOST;
  if (host === undefined) {
    console.log("BigQuery: skipped, because BIGQUERY_EMULATOR_HOST is not set (npm run bigquery-emulator)");
    return;
  }
  const dataset = `bench_${Date.now()}`;
  await withSandbox(["--scenario", "mensio"], (env, control) =>
    withProject({ ...env, BIGQUERY_EMULATOR_HOST: host }, async ({ run }) => {
      for (const [name, most] of [
        ["first load", 40],
        ["a day's changes", 40],
      ]) {
        const measured = await run("run", ...JOBS, "--json", "--warehouse", `bigquery://local/${dataset}`);
        const { usage } = JSON.parse(measured.stdout);
        ledger.note(
          `BigQuery: ${name} of four jobs`,
          { jobs: usage.jobs_run, bytesProcessed: usage.bytes_processed },
          { jobs: most },
        );
        await control("live", { days: 1, seed: 1 });
      }
    }),
  );
}
