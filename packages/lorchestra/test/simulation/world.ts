import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Account, type Sandbox, startSandbox } from "stripe-sandbox";
import type { EventRow } from "../../src/events/event-row.js";
import type { EventSpool } from "../../src/events/event-spool.js";
import { createRandom, type Random } from "../../src/testing/random.js";
import type { OpenOptions, StreamScope, Warehouse } from "../../src/warehouse/warehouse.js";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";
import { applyChange, type Changed, Ids, isUnannounced, type ObjectType } from "./apply-change.js";
import type { Change } from "./moments.js";
import type { Committed } from "./process-warehouse.js";
import { populate } from "./populate.js";
import { API_VERSIONS, type Scenario } from "./scenario.js";
import type { VirtualTime } from "./virtual-time.js";

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
  /** How runs ended so far. */
  readonly ends = { completed: 0, failed: 0, interrupted: 0, killed: 0 };
  faultsPlayed = 0;
  requests = 0;
  /** Every commit that took place, in any table. */
  readonly commits: (Committed & { readonly isTest: boolean })[] = [];
  /** What the run under way is loading. */
  readonly leasedScopes: StreamScope[] = [];
  /** Rows of the event log that no warehouse took, by the prefix of its tables: a disk that outlives its process. */
  readonly spools = { "": memorySpool(), test_: memorySpool() } as const;
  readonly #ids: Ids;
  /** When an object changed last, of those that an event tells of; by type and id. */
  readonly #changedAtMs = new Map<string, number>();
  /** When an object changed without an event, of those that were not listed since. */
  readonly #unannounced = new Map<string, number>();
  readonly #knownDeleted = new Set<string>();
  readonly #directory: string;
  #files = 0;
  #runs = 0;
  #other: Account | undefined;
  #isKeyBroken = false;
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
    this.leasedScopes.length = 0;
    const old = this.directory;
    this.#files += 1;
    cpSync(old, this.directory, { recursive: true });
  }

  /** From now on there is a warehouse with nothing in it. */
  startAfresh(): void {
    this.#files += 1;
    mkdirSync(this.directory);
  }

  removeAbandonedFile(): void {
    rmSync(join(this.#directory, String(this.#files - 1)), { recursive: true, force: true });
  }

  change(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!this.scenario.api.hasSilentChanges && isUnannounced(change)) continue;
      for (const changed of applyChange(this.sandbox, this.#ids, change)) this.#note(changed);
    }
  }

  /**
   * Whether a run that began then may know an object as it was before: its last change has no event, or one that comes
   * late. A run that lists every object needs no events.
   */
  mayBeLate(
    objectType: ObjectType,
    id: string,
    run: { readonly startedAtMs: number; readonly listsAll: boolean },
  ): boolean {
    const name = `${objectType} ${id}`;
    const unannouncedAtMs = this.#unannounced.get(name) ?? -Infinity;
    const changedAtMs = this.#changedAtMs.get(name) ?? -Infinity;
    if (run.listsAll) return Math.max(unannouncedAtMs, changedAtMs) >= run.startedAtMs;
    return unannouncedAtMs > -Infinity || changedAtMs + this.slowestEventMs > run.startedAtMs;
  }

  get hasUnannounced(): boolean {
    return this.#unannounced.size > 0;
  }

  hasUnannouncedOf(objectType: ObjectType): boolean {
    return [...this.#unannounced.keys()].some((name) => name.startsWith(`${objectType} `));
  }

  /** A run that began then has listed every object of the stream. */
  forgetUnannounced(objectType: ObjectType, startedAtMs: number): void {
    for (const [name, atMs] of this.#unannounced) {
      if (name.startsWith(`${objectType} `) && atMs < startedAtMs) this.#unannounced.delete(name);
    }
  }

  /** Deletions that a fault made, of which Stripe has no event for these types. */
  noteFaultyDeletions(): void {
    for (const objectType of ["payment_intent", "refund"] as const) {
      for (const { id, deleted } of this.sandbox.truth(objectType)) {
        const name = `${objectType} ${id}`;
        if (!deleted || this.#knownDeleted.has(name)) continue;
        this.#knownDeleted.add(name);
        this.#unannounced.set(name, this.time.nowMs);
      }
    }
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

  /** Whether the key was revoked or lacks a permission. */
  get isKeyBroken(): boolean {
    return this.#isKeyBroken;
  }

  breakKey(): void {
    this.#isKeyBroken = true;
  }

  /** A key that works is put into the configuration. */
  renewKey(): void {
    this.key = this.sandbox.addKey(this.scenario.api.isRestricted ? PERMISSIONS : "all");
    this.#isKeyBroken = false;
  }

  revokeKey(): void {
    this.sandbox.revokeKey(this.key);
    this.breakKey();
  }

  removePermission(permission: string): void {
    if (!this.scenario.api.isRestricted) return;
    this.sandbox.removePermission(this.key, permission);
    this.breakKey();
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
    } else this.#unannounced.set(name, this.time.nowMs);
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
