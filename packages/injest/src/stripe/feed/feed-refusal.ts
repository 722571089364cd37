import { SourceError } from "../../errors.js";

/**
 * What an error that asking for Stripe events came to says of them: they may not be read, or what was asked for is older than
 * what Stripe keeps; null for any other error.
 */
export function feedRefusal(error: unknown): "forbidden" | "expired" | null {
  if (!(error instanceof SourceError)) return null;
  if (error.code === "SOURCE_FORBIDDEN" || error.code === "SOURCE_NOT_ENABLED") return "forbidden";
  // A `created` that it does not take any more.
  const isTooOld = error.code === "SOURCE_REQUEST_REFUSED" && error.facts.parameter?.startsWith("created") === true;
  return isTooOld ? "expired" : null;
}
