import { JOBS, sumOfJobs, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

/** Four streams of one account in one call, into DuckDB: how much of the account's 100 requests a second they hold. */
export async function fourStreams(ledger, { count, latencySeconds, rivalShare = 0 }) {
  const objects = ["--objects", "customer,invoice,payment_intent,refund"];
  const args = [
    "--scenario",
    "scale",
    "--count",
    String(count),
    ...objects,
    "--latency",
    String(latencySeconds * 1000),
  ];
  await withSandbox(args, (env, control) =>
    withProject(env, async ({ run }) => {
      if (rivalShare > 0) await control("settings", { rateLimits: { others: { share: rivalShare } } });
      const measured = await run("run", ...JOBS, "--max-rate", "100%", "--json");
      const requests = sumOfJobs(measured, "requests");
      const readingSeconds = Math.max(...JSON.parse(measured.stdout).jobs.map((job) => job.duration_ms)) / 1000;
      const rate = requests / (readingSeconds - 2 * latencySeconds);
      ledger.note(
        `four streams, ${count} objects each, ${latencySeconds} s${rivalShare > 0 ? `, another client takes ${rivalShare}` : ""}`,
        {
          shareOfLimit: rate / (100 * (1 - rivalShare)),
          requests,
          rateLimitedShare: sumOfJobs(measured, "rate_limited") / requests,
          peakRssMb: measured.peakRssMb,
        },
        { rateLimitedShare: 0.01 },
      );
    }),
  );
}
