import type { JsonSetting } from "../warehouse/warehouse-kind.js";

/** What `lorchestra.yaml` says, checked; nothing here has been resolved against the environment or a folder. */
export interface Project {
  /** An address such as "duckdb:./lorchestra.duckdb"; null when the file names none. */
  readonly warehouse: string | null;
  readonly warehouseOptions: Readonly<Record<string, JsonSetting>>;
  readonly connections: readonly ConnectionSettings[];
  /** Modules that bring more jobs. */
  readonly jobModules: readonly string[];
  /** Everything is read again within this many days. */
  readonly sweepDays: number;
}

/** An account at a provider. */
export interface ConnectionSettings {
  /** "stripe-mensio": `connection_name` in every table. */
  readonly name: string;
  /** "stripe:mensio" */
  readonly identity: string;
  readonly provider: string;
  readonly description: string;
  /** The name of the environment variable that holds the key. */
  readonly apiKeyEnv: string;
  /** Null: the version that this release is made for. */
  readonly apiVersion: string | null;
  /** Requests a second, or a share of the limit such as "80%"; null: the default share. */
  readonly maxRate: number | string | null;
  /** For one attempt of a request; null: the source's default. */
  readonly attemptTimeoutMs: number | null;
  /** For a request with all of its attempts; null: the source's default. */
  readonly requestTimeoutMs: number | null;
}

export const EMPTY_PROJECT: Project = {
  warehouse: null,
  warehouseOptions: {},
  connections: [],
  jobModules: [],
  sweepDays: 30,
};
