import { describe, it } from "vitest";
import { testWarehouse } from "../../src/testing/index.js";
import { newDuckdbPlace } from "./duckdb-places.js";

describe("DuckDB as a warehouse", () => {
  testWarehouse({ create: async () => newDuckdbPlace(), payloads: "verbatim" }, { describe, it });
});
