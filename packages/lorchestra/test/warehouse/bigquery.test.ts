import { describe, it, vi } from "vitest";
import { testWarehouse } from "../../src/testing/index.js";
import { testBigQuery } from "./bigquery-emulator.js";
import { newPlace } from "./bigquery-places.js";

vi.setConfig({ testTimeout: 300_000, maxConcurrency: 4 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("BigQuery as a warehouse", () => {
  if (bigQuery === null) return;
  testWarehouse(
    {
      create: () => newPlace(bigQuery, "conformance"),
      payloads: "normalised",
      mayQuarantine: ["an integer beyond 2^53", "lone surrogates", "duplicate keys"],
      refusalDeadlineMs: 5000,
      histories: 3,
    },
    { describe, it: it.concurrent },
  );
});
