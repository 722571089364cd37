import type { Change } from "injest";

/** A few changes: as many as are worth a call, and few enough for records of ten megabytes. */
const FEW = { changes: 200, sizeBytes: 8 * 1024 * 1024 };

/** Puts changes together that come one by one. A chunk is complete at the first of its bounds. */
export async function* inChunks(
  changes: AsyncIterable<Change<unknown>>,
  most: { readonly changes: number; readonly sizeBytes: number } = FEW,
): AsyncGenerator<Change<unknown>[], void, undefined> {
  let chunk: Change<unknown>[] = [];
  let sizeBytes = 0;
  for await (const change of changes) {
    chunk.push(change);
    sizeBytes += sizeOf(change);
    if (chunk.length < most.changes && sizeBytes < most.sizeBytes) continue;
    yield chunk;
    chunk = [];
    sizeBytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

export function sizeOf(change: Change<unknown>): number {
  return change.op === "upsert" ? change.record.sizeBytes : 0;
}
