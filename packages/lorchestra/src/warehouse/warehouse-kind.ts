import type { OpenOptions, Warehouse } from "./warehouse.js";

/** What is known of a kind of warehouse without its SDK, and how one is opened. */
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
