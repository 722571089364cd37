import type { Interval } from "injest";
import type { LoadEstimate } from "../warehouse.js";

/**
 * Says what rows will take up in the file. Measured on payment intents of 1.4 KB: zstd leaves a fifth of the payloads,
 * and keys, hash and instants add 200 bytes a row.
 */
export function estimateLoad(expected: { objects: Interval; sizeBytes: Interval }): LoadEstimate {
  const stored = (objects: number, sizeBytes: number, share: number): number =>
    Math.round(objects * BYTES_BESIDE_PAYLOAD + sizeBytes * share);
  const { objects, sizeBytes } = expected;
  return {
    storedBytes: {
      low: stored(objects.low, sizeBytes.low, 0.1),
      likely: stored(objects.likely, sizeBytes.likely, 0.2),
      high: stored(objects.high, sizeBytes.high, 0.5),
    },
    bytesBilled: null,
    priceUsd: null,
    assumptions: [
      "the file keeps a fifth of the payloads' bytes (a tenth to a half) and 200 bytes for each row beside them",
    ],
  };
}

const BYTES_BESIDE_PAYLOAD = 200;
