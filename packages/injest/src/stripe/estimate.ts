import type { ReadEstimate, ReadOptions } from "../source.js";
import type { StreamSpec } from "./catalog.js";
import type { StripeContext } from "./read-session.js";

export async function estimateRead(
  _context: StripeContext,
  _spec: StreamSpec,
  _options: Pick<ReadOptions, "window" | "signal">,
): Promise<ReadEstimate> {
  throw new Error("being built");
}
