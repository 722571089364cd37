import { createRandom } from "../random.js";

/** How long an answer takes: nothing, always the same, or spread as real latencies are. */
export type Latency = "none" | number | { readonly medianMs: number; readonly sigma: number; readonly seed?: number };

/** Returns a function that gives the next request's latency in ms. */
export function createLatency(latency: Latency): () => number {
  if (latency === "none") return () => 0;
  if (typeof latency === "number") return () => latency;
  const { medianMs, sigma, seed = 1 } = latency;
  const random = createRandom(seed);
  return () => medianMs * Math.exp(sigma * random.normal());
}
