import { inParallel } from "./in-parallel.js";
import type { ObjectReader } from "./read-objects.js";

/** Single reads under way at a time; the limiter decides how fast they go. */
const UNDER_WAY = 32;

/** Reads each of these objects by a request of its own, and yields what came in groups, in any order. */
export function readSingly(ids: Iterable<string>, reader: ObjectReader, signal: AbortSignal | undefined) {
  return inParallel(ids, UNDER_WAY, reader.retrieve, signal);
}
