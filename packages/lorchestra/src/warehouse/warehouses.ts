import { byteCountOf } from "./bigquery/byte-count.js";
import { isMemorySize } from "./duckdb/file/memory-size.js";
import type { OpenOptions, Warehouse } from "./warehouse.js";

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

export interface WarehouseKind {
  /** An address as `warehouse:` takes it. */
  readonly example: string;
  /** What `warehouse_options` may hold for it, by name. */
  readonly options: Readonly<Record<string, WarehouseOption>>;
  load(): Promise<OpenWarehouse>;
  /** The address as a file in another folder has to name the same place; where an address may hold a relative path. */
  seenFrom?(folder: string, address: WarehouseAddress): Promise<string>;
  /** Whether there is nothing at the address yet but may be made: where that can be told without the SDK, and soon. */
  isMissing?(address: WarehouseAddress): Promise<boolean>;
}

export interface WarehouseOption {
  /** What the value has to be, for "expected …". */
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
}

/**
 * Opens the warehouse at an address. `directory` is what a relative path in the address is relative to; `environment`
 * holds what the address may leave out (GCP_PROJECT, EVENTS_BQ_DATASET, BIGQUERY_EMULATOR_HOST, and
 * GOOGLE_APPLICATION_CREDENTIALS, whose path is absolute), and the proxy (HTTPS_PROXY, NO_PROXY).
 */
export type OpenWarehouse = (address: WarehouseAddress, options: OpenOptions) => Promise<Warehouse>;

export interface WarehouseAddress {
  readonly url: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings of the configuration file's `warehouse_options`, such as `maximum_bytes_billed`. */
  readonly settings: Readonly<Record<string, JsonSetting>>;
}

export type JsonSetting = string | number | boolean;
