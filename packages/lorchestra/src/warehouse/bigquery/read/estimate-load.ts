import type { Interval } from "injest";
import type { LoadEstimate } from "../../warehouse.js";

/** On demand, per TiB, in the US multi-region (https://cloud.google.com/bigquery/pricing). */
const USD_PER_TIB = 6.25;
const TIB = 2 ** 40;
/** Bytes of a row beside its payload: keys, hash, instants, names. */
const ROW_BYTES = 320;
/** Of these, what the count and the insert look at in the target. */
const KEY_BYTES = 150;
/** Each statement bills this at least for each table. */
const MINIMUM_BYTES = 10 * 1024 * 1024;
const STATEMENTS_A_COMMIT = 8;
/** A large account is read from many places at once, but within a stretch of creation that has no more rows than this. */
const STRETCH_ROWS = 700_000;

export interface LoadShape {
  /** What the table holds already; 0 for one that does not exist. */
  readonly tableBytes: number;
  readonly tableRows: number;
  readonly rowsACommit: number;
  readonly bytesACommit: number;
}

/**
 * Works out what a first load would bill. New rows only are inserted, which bills the keys of the target, on the days that a
 * commit covers, and the staged rows once each: nowhere does the whole table count.
 */
export function estimateLoad(
  expected: { readonly objects: Interval; readonly sizeBytes: Interval },
  shape: LoadShape,
): LoadEstimate {
  const storedBytes = byBound((bound) => expected.sizeBytes[bound] + expected.objects[bound] * ROW_BYTES);
  const bytesBilled = byBound((bound) => {
    const objects = expected.objects[bound];
    const commits = Math.max(
      1,
      Math.ceil(objects / shape.rowsACommit),
      Math.ceil(expected.sizeBytes[bound] / shape.bytesACommit),
    );
    const meanRows = shape.tableRows + objects / 2;
    // At worst all were created on the same days.
    const covered = bound === "high" ? meanRows : Math.min(meanRows, STRETCH_ROWS);
    const keys = commits * 2 * covered * KEY_BYTES;
    return Math.round(commits * STATEMENTS_A_COMMIT * MINIMUM_BYTES + keys + storedBytes[bound] + objects * KEY_BYTES);
  });
  return {
    storedBytes,
    bytesBilled,
    priceUsd: byBound((bound) => (bytesBilled[bound] / TIB) * USD_PER_TIB),
    assumptions: [
      `on-demand price of ${USD_PER_TIB} USD per TiB, as in the US; the first TiB of a month is free`,
      "all objects are new to the warehouse; storage and load jobs are not counted, loading is free",
      "they were created over months and years; at the upper bound all on a few days",
      `a commit every ${shape.rowsACommit} rows or ${Math.round(shape.bytesACommit / 2 ** 20)} MiB`,
    ],
  };
}

function byBound(of: (bound: keyof Interval) => number): Interval {
  return { low: of("low"), likely: of("likely"), high: of("high") };
}
