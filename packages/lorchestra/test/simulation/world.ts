import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Account, type Sandbox, startSandbox } from "stripe-sandbox";
import type { EventRow } from "../../src/events/event-row.js";
import type { EventSpool } from "../../src/events/event-spool.js";
import { createRandom, type Random } from "../../src/testing/random.js";
import type { OpenOptions, Warehouse } from "../../src/warehouse/warehouse.js";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";
import { applyChange, type Changed, Ids, type ObjectType } from "./apply-change.js";
import type { Change } from "./moments.js";
import type { Committed } from "./process-warehouse.js";
import { populate } from "./populate.js";
import { API_VERSIONS, type Scenario } from "./scenario.js";
import { VirtualTime } from "./virtual-time.js";

const PERMISSIONS = [
  "customer_read",
  "invoice_read",
  "payment_intent_read",
  "charge_read",
  "event_read",
  "accounts_kyc_basic_read",
];

/** A file, an account and a machine: all that lasts from one run to the next. */
export class World {
  readonly time: VirtualTime;
  readonly sandbox: Sandbox;
  readonly scenario: Scenario;
  readonly random: Random;
  /** Every commit that took place, in any table. */
  readonly commits: (Committed & { readonly isTest: boolean })[] = [];
  /** Rows of the event log that no warehouse took: a disk that outlives its process. */
  readonly spool = memorySpool();
  readonly #ids: Ids;
  /** When an object changed last, of those that an event tells of; by type and id. */
  readonly #changedAtMs = new Map<string, number>();
  /** Changes that no event tells of, and that no list has shown since. */
  readonly #unannounced = new Set<string>();
  readonly #directory: string;
  #files = 0;
  #runs = 0;
  #other: Account | undefined;
  key: string;
  apiVersion: string = API_VERSIONS[0];

  private constructor(parts: { time: VirtualTime; sandbox: Sandbox; ids: Ids; scenario: Scenario; directory: string }) {
    const { time, sandbox, ids, scenario, directory } = parts;
    this.time = time;
    this.sandbox = sandbox;
    this.#ids = ids;
    this.scenario = scenario;
    this.#directory = directory;
    this.random = createRandom(scenario.machine.seed);
    this.key = scenario.api.isRestricted ? sandbox.addKey(PERMISSIONS) : sandbox.key;
    mkdirSync(this.directory);
  }

  /** `directory` exists and is empty. */
  static async create(scenario: Scenario, directory: string, time: VirtualTime): Promise<World> {
    const { layout, volatile, rateLimits, lagMs, duplicates, disorderMs } = scenario.api;
    const sandbox = await startSandbox({
      clock: { now: () => time.nowMs, sleep: (ms, signal) => time.sleep(ms, signal).catch(() => undefined) },
    });
    const ids = new Ids();
    populate(sandbox, ids, time, scenario.account);
    Object.assign(sandbox.settings, { layout, volatile, rateLimits, latency: scenario.api.latency });
    sandbox.events.configure({ lagMs, duplicates, disorderMs, seed: scenario.account.seed });
    return new World({ time, sandbox, ids, scenario, directory });
  }

  /** Where the warehouse's file lies now. */
  get directory(): string {
    return join(this.#directory, String(this.#files));
  }

  nextRunId(): string {
    this.#runs += 1;
    return `run-${this.#runs}`;
  }

  async open(options: Pick<OpenOptions, "access" | "runId" | "tablePrefix">): Promise<Warehouse> {
    return openDuckdb(this.directory, { ...options, nowMs: () => this.time.nowMs });
  }

  /** What a dead process leaves: a copy of its file, for it still holds its own. */
  abandonFile(): void {
    const old = this.directory;
    this.#files += 1;
    mkdirSync(this.directory);
    for (const name of ["lorchestra.duckdb", "lorchestra.duckdb.wal"]) {
      if (existsSync(join(old, name))) copyFileSync(join(old, name), join(this.directory, name));
    }
  }

  removeAbandonedFile(): void {
    rmSync(join(this.#directory, String(this.#files - 1)), { recursive: true, force: true });
  }

  change(changes: readonly Change[]): void {
    for (const change of changes) for (const changed of applyChange(this.sandbox, this.#ids, change)) this.#note(changed);
  }

  /** An object of which a fault took care. */
  noteUnannounced(objectType: ObjectType, id: string): void {
    this.#unannounced.add(`${objectType} ${id}`);
  }

  /** Whether a run that began then may know an object as it was before: its last change has no event, or one that is late. */
  mayBeLate(objectType: ObjectType, id: string, startedAtMs: number): boolean {
    const name = `${objectType} ${id}`;
    if (this.#unannounced.has(name)) return true;
    return (this.#changedAtMs.get(name) ?? -Infinity) + this.slowestEventMs > startedAtMs;
  }

  get hasUnannounced(): boolean {
    return this.#unannounced.size > 0;
  }

  /** Every object of a stream was listed. */
  forgetUnannounced(objectType: ObjectType): void {
    for (const name of this.#unannounced) if (name.startsWith(`${objectType} `)) this.#unannounced.delete(name);
  }

  /** After so long every change is in the feed, at a place where a run looks for it. */
  get slowestEventMs(): number {
    const { lagMs, disorderMs } = this.scenario.api;
    return lagMs + disorderMs + 62_000;
  }

  /** A key of another account, or of another mode. */
  otherKey(isTestMode: boolean): string {
    this.#other ??= this.sandbox.addAccount({ livemode: !isTestMode, seed: 99, id: "acct_1OtherOtherOther" });
    return this.#other.key;
  }

  /** A key that works is put into the configuration. */
  restoreKey(): void {
    if (!this.scenario.api.isRestricted) {
      this.key = this.sandbox.addKey("all");
      return;
    }
    this.key = this.sandbox.addKey(PERMISSIONS);
  }

  revokeKey(): void {
    this.sandbox.revokeKey(this.key);
  }

  removePermission(permission: string): void {
    if (this.scenario.api.isRestricted) this.sandbox.removePermission(this.key, permission);
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }

  #note({ objectType, id, isAnnounced, isCreation }: Changed): void {
    const name = `${objectType} ${id}`;
    if (isAnnounced || isCreation) {
      // What is new is listed, whether an event tells of it or not.
      this.#changedAtMs.set(name, this.time.nowMs);
      this.#unannounced.delete(name);
    } else this.#unannounced.add(name);
  }
}

export async function openDuckdb(directory: string, options: OpenOptions): Promise<Warehouse> {
  const open = await WAREHOUSES["duckdb"]?.load();
  if (open === undefined) throw new Error("there is no DuckDB warehouse");
  return open({ url: "duckdb:./lorchestra.duckdb", directory, environment: {}, settings: {} }, options);
}

function memorySpool(): EventSpool {
  let kept: (readonly EventRow[])[] = [];
  return {
    keep: (rows) => {
      kept.push(rows);
      return Promise.resolve();
    },
    async take(deliver) {
      let count = 0;
      for (const rows of kept) {
        await deliver(rows);
        kept = kept.filter((other) => other !== rows);
        count += rows.length;
      }
      return count;
    },
  };
}
