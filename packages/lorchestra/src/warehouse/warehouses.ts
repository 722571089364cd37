import { byteCountOf } from "./bigquery/byte-count.js";
import { isMemorySize } from "./duckdb/file/memory-size.js";
import type { WarehouseKind } from "./warehouse-kind.js";

/**
 * The warehouses there are: one line each. A module is imported only when its warehouse is used, because the SDKs cost
 * 77–138 ms to import.
 */
export const WAREHOUSES: Readonly<Record<string, WarehouseKind>> = {
  duckdb: {
    example: "duckdb:./lorchestra.duckdb",
    options: { memory_limit: { expects: "an amount of memory, such as 512MB or 4GB", accepts: isMemorySize } },
    load: async () => (await import("./duckdb/index.js")).open,
    seenFrom: async (folder, address) => (await import("./duckdb/address.js")).seenFrom(folder, address),
    isMissing: async (address) => (await import("./duckdb/file/file-state.js")).isMissing(address),
  },
  bigquery: {
    example: "bigquery://my-project/events_dev?location=US",
    options: {
      maximum_bytes_billed: {
        expects: "a whole number of bytes, such as 10_000_000_000",
        accepts: (value) => byteCountOf(value) !== null,
      },
    },
    load: async () => (await import("./bigquery/index.js")).open,
  },
};
