import { createHash } from "node:crypto";
import { type Account, type Sandbox, startSandbox } from "stripe-sandbox";
import { createRandom, type Random } from "../../src/testing/random.js";
import type { StreamScope } from "../../src/warehouse/warehouse.js";
import {
  applyChange,
  type Changed,
  Ids,
  isCreation,
  isUnannounced,
  OBJECT_TYPES,
  type ObjectType,
} from "./apply-change.js";
import { createDisk, type Disk } from "./disk.js";
import type { Change } from "./moments.js";
import type { Committed } from "./process-warehouse.js";
import { populate } from "./populate.js";
import { API_VERSIONS, type Scenario } from "./scenario.js";
import type { VirtualTime } from "./virtual-time.js";

const ACCOUNT_READ = "accounts_kyc_basic_read";

const PERMISSIONS = ["customer_read", "invoice_read", "payment_intent_read", "charge_read", "event_read", ACCOUNT_READ];

const DELETED_EVENT: ReadonlySet<ObjectType> = new Set(["customer", "invoice"]);

/** A file, an account and a machine: all that lasts from one run to the next. */
export class World {
  readonly time: VirtualTime;
  readonly sandbox: Sandbox;
  readonly scenario: Scenario;
  readonly random: Random;
  /** Of its own, so that what is looked at changes no course of events. */
  readonly verifying: Random;
  /** How runs ended so far. */
  readonly ends = { completed: 0, failed: 0, interrupted: 0, killed: 0 };
  verifications = 0;
  faultsPlayed = 0;
  requests = 0;
  readonly #commits: { readonly commit?: Committed & { readonly isTest: boolean } }[] = [];
  /** What the run under way is loading. */
  readonly leasedScopes: StreamScope[] = [];
  readonly disk: Disk;
  readonly #trace = createHash("sha256");
  readonly #ids: Ids;
  /** When an object changed last, of those that an event tells of; by type and id. */
  readonly #changedAtMs = new Map<string, number>();
  /** When an object changed without an event, of those that were not listed since. */
  readonly #unannounced = new Map<string, number>();
  readonly #knownDeleted = new Set<string>();
  #runs = 0;
  #other: Account | undefined;
  #isKeyBroken = false;
  key: string;
  apiVersion: string = API_VERSIONS[0];

  private constructor(parts: { time: VirtualTime; sandbox: Sandbox; ids: Ids; scenario: Scenario; disk: Disk }) {
    const { time, sandbox, ids, scenario, disk } = parts;
    this.time = time;
    this.sandbox = sandbox;
    this.#ids = ids;
    this.scenario = scenario;
    this.disk = disk;
    this.random = createRandom(scenario.machine.seed);
    this.verifying = createRandom(scenario.machine.seed + 1);
    this.key = scenario.api.isRestricted ? sandbox.addKey(this.#permissions) : sandbox.key;
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
    const disk = createDisk(scenario.machine.warehouse, directory, () => time.nowMs);
    return new World({ time, sandbox, ids, scenario, disk });
  }

  nextRunId(): string {
    this.#runs += 1;
    return `run-${this.#runs}`;
  }

  /** What a process leaves that is killed at this moment. */
  abandon(): void {
    this.leasedScopes.length = 0;
    this.disk.abandon();
  }

  /** Notes something that happened, so that it can be seen whether another simulation took the same course. */
  note(what: string): void {
    this.#trace.update(`${this.time.nowMs} ${what}\n`);
  }

  /** Commits are in the order in which they began. */
  beginCommit(isTest: boolean): (committed: Committed) => void {
    const place: { commit?: Committed & { readonly isTest: boolean } } = {};
    this.#commits.push(place);
    return (committed) => void (place.commit = { ...committed, isTest });
  }

  /** Every commit that took place, in any table. */
  get commits(): readonly (Committed & { readonly isTest: boolean })[] {
    return this.#commits.flatMap(({ commit }) => commit ?? []);
  }

  /** Whether a run has committed, so that there are tables. */
  get hasRows(): boolean {
    return this.#commits.some(({ commit }) => commit?.isTest === false);
  }

  /** Bytes of the largest checkpoint that was stored. */
  get largestCheckpoint(): number {
    return this.commits.reduce(
      (largest, { checkpoint }) => Math.max(largest, Buffer.byteLength(cursorText(checkpoint))),
      0,
    );
  }

  /** Tells apart two courses of events. Ends the notes. */
  traceDigest(): string {
    for (const { runId, scope, result, checkpoint } of this.commits)
      this.note(`${runId} ${scope.stream} ${JSON.stringify(result)} ${cursorText(checkpoint)}`);
    return this.#trace.digest("hex").slice(0, 16);
  }

  change(changes: readonly Change[]): void {
    for (const change of changes) {
      if (!this.scenario.api.hasSilentChanges && isUnannounced(change) && !isCreation(change)) continue;
      for (const changed of applyChange(this.sandbox, this.#ids, change)) {
        this.note(`${change.what} ${changed.id}`);
        this.#remember(changed);
      }
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
    return unannouncedAtMs > -Infinity || changedAtMs + this.slowestEventMs >= run.startedAtMs;
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

  /** Deletions that a fault made, some time in the run that ends now. Of some types Stripe has no event of them. */
  noteFaultyDeletions(): void {
    for (const objectType of OBJECT_TYPES) {
      const times = DELETED_EVENT.has(objectType) ? this.#changedAtMs : this.#unannounced;
      for (const { id, deleted } of this.sandbox.truth(objectType)) {
        const name = `${objectType} ${id}`;
        if (!deleted || this.#knownDeleted.has(name)) continue;
        this.#knownDeleted.add(name);
        times.set(name, this.time.nowMs);
      }
    }
  }

  /** After so long every change is in the feed; that it stands there as older than it is must not matter. */
  get slowestEventMs(): number {
    return this.scenario.api.lagMs;
  }

  /**
   * What is older was listed by a run that lists everything, and stands before the position that it keeps: that is by the machine's
   * clock where it is behind.
   */
  get listedEventMs(): number {
    return this.scenario.api.disorderMs + 62_000 + Math.max(0, -this.scenario.machine.skewMs);
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
    this.key = this.sandbox.addKey(this.scenario.api.isRestricted ? this.#permissions : "all");
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

  get #permissions(): readonly string[] {
    const { readsEvents, readsAccount } = this.scenario.api;
    const denied = new Set([...(readsEvents ? [] : ["event_read"]), ...(readsAccount ? [] : [ACCOUNT_READ])]);
    return PERMISSIONS.filter((permission) => !denied.has(permission));
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }

  #remember({ objectType, id, isAnnounced, isCreation, isDeletion }: Changed): void {
    const name = `${objectType} ${id}`;
    if (isDeletion) this.#knownDeleted.add(name);
    else this.#knownDeleted.delete(name);
    if (isAnnounced || isCreation) {
      // What is new is listed, whether an event tells of it or not.
      this.#changedAtMs.set(name, this.time.nowMs);
      this.#unannounced.delete(name);
    } else this.#unannounced.set(name, this.time.nowMs);
  }
}

function cursorText(checkpoint: Committed["checkpoint"]): string {
  return checkpoint === null ? "" : JSON.stringify(checkpoint.cursor);
}
