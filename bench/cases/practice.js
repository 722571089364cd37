import { JOBS, sumOfJobs, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

/** The first user's account, at Stripe's latency and the default share of its limits: the first load, and a day without news. */
export async function practice(ledger) {
  await withSandbox(["--scenario", "mensio", "--latency", "300"], (env) =>
    withProject(env, async ({ run }) => {
      const first = await run("run", ...JOBS, "--json");
      ledger.note(
        "first load of 3,101 objects, 0.3 s",
        {
          wallSeconds: first.wallSeconds,
          requests: sumOfJobs(first, "requests"),
          retries: sumOfJobs(first, "retries"),
        },
        { requests: 90, retries: 0 },
      );
      const quiet = await run("run", ...JOBS, "--json");
      ledger.note(
        "quiet day of four jobs, 0.3 s",
        {
          wallSeconds: quiet.wallSeconds,
          requests: sumOfJobs(quiet, "requests"),
          written: sumOfJobs(quiet, "updated"),
        },
        { requests: 12, written: 0 },
      );
    }),
  );
}
