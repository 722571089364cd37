import { measureProcess } from "../measure-process.js";
import { inRoot, withProject } from "../lorchestra.js";
import { withSandbox } from "../sandbox.js";

/**
 * One stream at the whole limit of 25 a second, against the least time that its pages can take. The plan for it comes from
 * another process before, and is held against what the reading then took.
 */
export async function oneStream(ledger, { shape, count, latencySeconds, sigma = 0, plan = false }) {
  const latency =
    latencySeconds === 0 ? [] : ["--latency", `${latencySeconds * 1000}${sigma === 0 ? "" : `,${sigma}`}`];
  await withSandbox(["--scenario", "scale", "--count", String(count), "--shape", shape, ...latency], (env) =>
    withProject(env, async ({ run, cwd }) => {
      const planned = plan ? await planOf(run) : null;
      const { stdout } = await measureProcess(inRoot("bench/read-stream.js"), [], { env, cwd });
      const { objects, requests, rateLimited, wallSeconds } = JSON.parse(stdout);
      const pages = Math.max(1, Math.ceil(objects / 100));
      const isChain = shape === "single-second";
      const least = isChain ? (pages + 2) * latencySeconds : pages / 25 + 2 * latencySeconds;
      ledger.note(
        `one stream, ${shape}, ${objects} objects, ${latencySeconds} s${sigma === 0 ? "" : ` ± σ ${sigma}`}`,
        {
          wallOfLeast: wallSeconds / least,
          requests,
          rateLimited,
          ...(planned && comparison(planned, { objects, requests, wallMs: wallSeconds * 1000 })),
        },
        {
          requests: Math.floor(1.1 * pages + 50 * latencySeconds + 20),
          // One in a hundred; of a few requests, those that the machine's own delays can cost.
          rateLimited: Math.max(5, requests / 100),
        },
      );
    }),
  );
}

async function planOf(run) {
  const { stdout } = await run("plan", "stripe_ingest_payment_intents", "--max-rate", "100%", "--json");
  return JSON.parse(stdout).jobs[0];
}

/** The likely figure against the fact, and whether the range holds it. */
function comparison({ objects, requests, duration_ms }, fact) {
  const holds = (range, value) => (range.low <= value && value <= range.high ? "holds" : "misses");
  return {
    plannedObjects: fact.objects === objects.likely ? 1 : objects.likely / fact.objects,
    objectsRange: holds(objects, fact.objects),
    plannedRequests: requests.likely / fact.requests,
    requestsRange: holds(requests, fact.requests),
    plannedTime: duration_ms.likely / fact.wallMs,
    timeRange: holds(duration_ms, fact.wallMs),
  };
}
