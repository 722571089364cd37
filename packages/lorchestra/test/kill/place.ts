import type { ChildProcess } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Moment } from "./moment.js";
import type { RunWatch } from "./run-watch.js";
import type { StripeProcess } from "./stripe-process.js";
import type { WarehouseKind } from "./warehouse-kind.js";

/** A project's folder with its warehouse, and ways to look at it that are not the program's. */
export interface Place extends AsyncDisposable {
  readonly kind: WarehouseKind;
  readonly directory: string;
  /** TMPDIR of every run. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs under way: none may outlive the harness, one that stands still least of all. */
  readonly processes: Set<ChildProcess>;
  /** Makes the way on which one run reaches the warehouse, and is seen, and killed, on it. */
  link(watch: RunWatch, kill: Extract<Moment, { kind: "request" }> | null): Promise<Link>;
  /** Null as long as there are no tables. */
  read(): Promise<Tables | null>;
  /** Lets every lease pass at once. */
  expireLeases(): Promise<void>;
  /** Writes down what happened, for whoever has to find out why. */
  note(fact: object): void;
}

export interface Link {
  /** What the run needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  connect(process: ChildProcess): void;
  close(): Promise<void>;
}

export interface Tables {
  readonly rows: readonly Row[];
  readonly events: readonly LoggedEvent[];
  readonly checkpoints: readonly { readonly stream: string; readonly run_id: string }[];
  readonly quarantined: number;
  /** Names of staging tables. */
  readonly staging: readonly string[];
  /** Leases that have a holder and have not passed. */
  readonly leases: readonly string[];
}

export interface Row {
  readonly idem_key: string;
  readonly source_system: string;
  readonly connection_name: string;
  readonly object_type: string;
  readonly external_id: string;
  readonly payload: string;
  readonly is_deleted: boolean;
  readonly run_id: string;
}

export interface LoggedEvent {
  readonly event_id: string;
  readonly event_type: string;
  readonly correlation_id: string;
  readonly target_object_type: string | null;
  readonly payload: string;
}

/** What a place's folder has at its beginning; DuckDB's and BigQuery's add to it. */
export function makeProject(directory: string, address: string, stripe: StripeProcess) {
  const temporary = join(directory, "tmp");
  mkdirSync(temporary);
  writeFileSync(
    join(directory, "lorchestra.yaml"),
    `warehouse: ${JSON.stringify(address)}
connections:
  stripe-mensio:
    identity: stripe:mensio
    provider: stripe
    api_key_env: STRIPE_API_KEY
    max_rate: 100%
`,
  );
  return {
    directory,
    temporary,
    processes: new Set<ChildProcess>(),
    env: { STRIPE_API_BASE: stripe.url, STRIPE_API_KEY: stripe.key },
    note: (fact: object) => appendFileSync(join(directory, NOTES), `${JSON.stringify(fact)}\n`),
  };
}

const NOTES = "harness.ndjson";
const OWN = new Set(["lorchestra.yaml", "lorchestra.duckdb", NOTES]);

/** Files below the folder that are neither the project's nor the harness's. */
export function otherFiles(directory: string): string[] {
  return (readdirSync(directory, { recursive: true }) as string[]).filter(
    (name) => !OWN.has(name) && !statSync(join(directory, name), { throwIfNoEntry: false })?.isDirectory(),
  );
}
