import { LorchestraError } from "../../../errors.js";
import { newUlid } from "../../../ids.js";
import type { StreamScope } from "../../warehouse.js";
import { HELD_BY_US } from "../../held-by-us.js";
import type { Place } from "../address.js";
import { ApiError } from "../api/api-error.js";
import { classify } from "../api/classify.js";
import type { Dataset } from "../dataset.js";
import { currentHolder, holderText, isDead, parseHolder } from "./holder.js";
import {
  acquireLeaseSql,
  insertLeaseSql,
  LEASE_SECONDS,
  leaseName,
  releaseLeaseSql,
  renewLeasesSql,
} from "./lease-sql.js";
import { backoffMs, type Pace } from "../api/pace.js";
import type { Queue } from "../api/queue.js";
import { nullableInstant, type TextRow } from "../api/rows.js";
import { shortHash } from "../api/short-hash.js";
import { jobId, type Statements } from "../api/statements.js";

/*
 * A stream has one row in `leases`. Its epoch moves on whenever somebody takes the lease and at each commit; whoever
 * writes must name the epoch that he knows. Time is BigQuery's own, so that no machine's clock decides.
 *
 * Of several rows, which an INSERT that was given up and came late may leave, the one with the highest epoch counts.
 */

/** The right to write one stream, until it is released, or another takes it, as may be done once it was not renewed for a minute. */
export interface Lease {
  readonly name: string;
  readonly stream: string;
  readonly runId: string;
  readonly holder: string;
  epoch: string;
  /** Whether the row keeps when the stream's newest row was read; a commit that writes rows sees to it. */
  keepsNewestRead: boolean;
  /** Set when a renewal has found that another has taken the lease. */
  isLost: boolean;
}

export interface Leases {
  /** Throws ALREADY_RUNNING when somebody has it who may still be alive. */
  acquire(scope: StreamScope, runId: string, signal?: AbortSignal): Promise<Lease>;
  /** Frees the lease; a failure only means that it ends by itself, as nobody renews it any more. */
  release(lease: Lease): Promise<void>;
  /** Names of all leases that this process has. */
  held(): readonly string[];
  /** Looks at the row again. "moved": ours, but at the epoch that our commit leads to. */
  inspect(lease: Lease, signal?: AbortSignal): Promise<"held" | "moved" | "lost">;
  /** Whether another process has a lease at this moment, of whatever stream. */
  areOthersRunning(signal?: AbortSignal): Promise<boolean>;
  /** What is kept of a stream whose lease nobody need have. */
  newestReadAt(scope: StreamScope): Promise<Date | null>;
  /** Stops renewing. */
  close(): void;
}

export interface LeasesOptions {
  readonly dataset: Dataset;
  readonly statements: Statements;
  readonly queue: Queue;
  readonly place: Place;
  readonly pace: Pace;
  /** Dates the process's mark; time itself is BigQuery's. */
  readonly nowMs: () => number;
  /** Default: a third of a lease. */
  readonly renewEveryMs?: number;
}

/** How often a lease is tried for that another's transaction keeps from being taken: for a quarter of a minute, as a rule. */
const MAX_ROUNDS = 7;

export function createLeases(options: LeasesOptions): Leases {
  const { dataset, statements, queue, place, pace, nowMs, renewEveryMs = (LEASE_SECONDS * 1000) / 3 } = options;
  const leases = dataset.sqlName("leases");
  const here = currentHolder();
  const holder = holderText(here, newUlid(nowMs()));
  const held = new Set<Lease>();
  /** Names of the leases that are held, or on their way to be. */
  const wanted = new Set<string>();
  let renewals = 0;
  let isRenewing = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(name: string, signal?: AbortSignal): Promise<{ row: TextRow | null; serverNowMs: number }> {
    try {
      const table = await dataset.rows("leases", signal);
      if (table === null) throw new ApiError("notFound", "there is no table `leases`");
      return { row: rowNamed(table.rows, name), serverNowMs: table.serverNowMs };
    } catch (error) {
      throw classify(error, place, { what: "read the leases" });
    }
  }

  /** The stream's row, made if this is the stream's first run. */
  async function rowOf(scope: StreamScope, signal?: AbortSignal): Promise<{ row: TextRow; serverNowMs: number }> {
    const name = leaseName(scope);
    const { row, serverNowMs } = await look(name, signal);
    if (row !== null) return { row, serverNowMs };
    const created = (await dataset.table("leases", signal))?.creationTime ?? "";
    const sql = insertLeaseSql(leases, name);
    const key = shortHash(place.projectId, dataset.sqlName("leases"), created, name);
    // The same id in every process: of several that come at once BigQuery runs one, and they share what comes of it. Where
    // that is no row, because it failed, was cancelled, or somebody has deleted the row since, the next job is this run's own.
    const ids = [`lorchestra_lease_${key}`, ownId(), ownId(), ownId()];
    for (const [round, id] of ids.entries()) {
      if (round > 1) await pace.sleep(backoffMs(round, pace.random()), signal);
      try {
        await statements.change(id, sql, { streams: [scope.stream], signal, deadlineMs: 60_000 });
      } catch (error) {
        // Without a status it is what a job came to: of another process, perhaps long ago, or behind a transaction in the way.
        const isOfAJob = error instanceof ApiError && error.status === null;
        const mayPass = isOfAJob && (round === 0 || (error.reason === "invalidQuery" && round + 1 < ids.length));
        if (!mayPass) throw classify(error, place, { what: `make the lease of ${name}`, isDml: true });
      }
      const again = await look(name, signal);
      if (again.row !== null) return { row: again.row, serverNowMs: again.serverNowMs };
    }
    throw new LorchestraError("WAREHOUSE_FAILED", `the lease of ${name} cannot be made`, {
      hint: "report this",
      facts: { lease: name },
    });
  }

  const ownId = (): string => jobId("lease", newUlid(nowMs()));

  async function acquire(scope: StreamScope, runId: string, signal?: AbortSignal): Promise<Lease> {
    const name = leaseName(scope);
    const isWanted = wanted.has(name);
    wanted.add(name);
    try {
      return await take(scope, runId, isWanted, signal);
    } catch (error) {
      if (!isWanted) wanted.delete(name);
      throw error;
    }
  }

  /** `isWanted`: this process has the lease already, or is about to. */
  async function take(scope: StreamScope, runId: string, isWanted: boolean, signal?: AbortSignal): Promise<Lease> {
    const name = leaseName(scope);
    const attempted = { what: `take the lease of ${name}`, isDml: true };
    for (let round = 0; ; round += 1) {
      const { row, serverNowMs } = await rowOf(scope, signal);
      const expiresAt = nullableInstant(row["expires_at"]);
      const isFree = expiresAt === null || expiresAt.getTime() <= serverNowMs;
      // Ours, though nothing here has it: an UPDATE or a release whose answer was lost.
      const isLeftByUs = !isWanted && row["holder"] === holder;
      const owner = parseHolder(row["holder"] ?? null);
      const isHolderGone = isLeftByUs || (owner !== null && isDead(owner, here));
      if (!isFree && !isHolderGone) throw alreadyRunning(name, row, expiresAt, row["holder"] === holder);
      const epoch = row["epoch"] ?? "0";
      const nextEpoch = String(BigInt(epoch) + 1n);
      const sql = acquireLeaseSql(leases, { name, epoch, nextEpoch, holder, runId, isHolderGone });
      const id = jobId(runId, "acquire", shortHash(leases, name), nextEpoch, round);
      const rows = await queue
        .run(() => taken(id, sql, scope, signal), { urgent: true })
        .catch((error: unknown) => {
          throw classify(error, place, attempted);
        });
      if (rows > 0) {
        const keepsNewestRead = (row["newest_read_at"] ?? null) !== null;
        const lease = { name, stream: scope.stream, runId, holder, epoch: nextEpoch, keepsNewestRead, isLost: false };
        held.add(lease);
        timer ??= setInterval(() => void renew(), renewEveryMs).unref();
        return lease;
      }
      if (round + 1 >= MAX_ROUNDS) {
        // A statement that could never run is refused here, in BigQuery's own words.
        await statements.explain(sql, { streams: [scope.stream], signal }).catch((error: unknown) => {
          throw classify(error, place, attempted);
        });
        throw inTheWay(name);
      }
      await pace.sleep(backoffMs(round, pace.random()), signal);
    }
  }

  /**
   * How many rows it has changed. None where somebody was faster, and where BigQuery has cancelled it for a transaction in the
   * way, such as a killed run's last commit: that it reports as an invalid query
   * (https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency).
   */
  async function taken(id: string, sql: string, scope: StreamScope, signal?: AbortSignal): Promise<number> {
    try {
      const job = await statements.change(id, sql, { streams: [scope.stream], signal, deadlineMs: 60_000 });
      return Number(job.statistics?.query?.numDmlAffectedRows ?? 0);
    } catch (error) {
      if (error instanceof ApiError && error.reason === "invalidQuery") return 0;
      throw error;
    }
  }

  const heldNames = (): string[] => [...held].map((lease) => lease.name);

  async function renew(): Promise<void> {
    // A commit may hold up a renewal for longer than a tick; one that waits is enough.
    if (held.size === 0 || isRenewing) return;
    isRenewing = true;
    renewals += 1;
    const id = `lorchestra_renew_${shortHash(leases, holder)}_${renewals}`;
    try {
      // Whose turn it is meanwhile may take a lease, or free one.
      const renewal = async (): Promise<void> => {
        if (held.size === 0) return;
        const more = { streams: [...held].map((lease) => lease.stream), deadlineMs: 30_000, maxAttempts: 1 };
        await statements.change(id, renewLeasesSql(leases, holder, heldNames()), more);
      };
      await queue.run(renewal, { urgent: true });
      // A lease that is taken while this looks may not be in what it sees.
      const looked = [...held];
      const table = await dataset.rows("leases");
      for (const lease of looked) {
        if (rowNamed(table?.rows ?? [], lease.name)?.["holder"] !== holder) lease.isLost = true;
      }
    } catch {
      // The next tick tries again; if none succeeds in time, the fence of the next commit says so.
    } finally {
      isRenewing = false;
    }
  }

  return {
    acquire,
    release: async (lease) => {
      held.delete(lease);
      wanted.delete(lease.name);
      if (held.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      const id = jobId(lease.runId, "release", shortHash(leases, lease.name), lease.epoch);
      try {
        const sql = releaseLeaseSql(leases, lease.name, lease.epoch);
        const more = { streams: [lease.stream], deadlineMs: 10_000, maxAttempts: 2 };
        await queue.run(() => statements.change(id, sql, more), { urgent: true });
      } catch {
        // It ends by itself, and on this machine a process that has died is recognised before.
      }
    },
    held: heldNames,
    inspect: async (lease, signal) => {
      const { row } = await look(lease.name, signal);
      if (row?.["holder"] !== lease.holder) return "lost";
      if (row["epoch"] === lease.epoch) return "held";
      return row["epoch"] === nextEpochOf(lease) ? "moved" : "lost";
    },
    areOthersRunning: async (signal) => {
      const table = await dataset.rows("leases", signal);
      return (table?.rows ?? []).some((row) => {
        const expiresAt = nullableInstant(row["expires_at"]);
        return row["holder"] !== holder && expiresAt !== null && expiresAt.getTime() > (table?.serverNowMs ?? 0);
      });
    },
    newestReadAt: async (scope) => {
      const table = await dataset.rows("leases");
      return nullableInstant(rowNamed(table?.rows ?? [], leaseName(scope))?.["newest_read_at"]);
    },
    close: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function rowNamed(rows: readonly TextRow[], name: string): TextRow | null {
  const epochOf = (row: TextRow): bigint => BigInt(row["epoch"] ?? "0");
  let newest: TextRow | null = null;
  for (const row of rows) {
    if (row["name"] === name && (newest === null || epochOf(row) > epochOf(newest))) newest = row;
  }
  return newest;
}

/** The epoch that a commit under this lease leads to. */
export function nextEpochOf(lease: Lease): string {
  return String(BigInt(lease.epoch) + 1n);
}

export function leaseLost(lease: Lease): LorchestraError {
  return new LorchestraError(
    "LEASE_LOST",
    `the lease of ${lease.name} has passed to another run, so nothing more was written`,
    {
      hint: "run again: what this run had not committed is read again",
      facts: { lease: lease.name, epoch: lease.epoch },
    },
  );
}

function inTheWay(name: string): LorchestraError {
  return new LorchestraError("WAREHOUSE_BUSY", `the lease of ${name} could not be taken: other writing is in the way`, {
    hint: "run again in a minute",
    facts: { lease: name, rounds: MAX_ROUNDS },
  });
}

function alreadyRunning(name: string, row: TextRow, expiresAt: Date | null, isOurs: boolean): LorchestraError {
  const owner = parseHolder(row["holder"] ?? null);
  const runId = row["run_id"] ?? null;
  const since = nullableInstant(row["acquired_at"])?.toISOString() ?? null;
  const until = expiresAt?.toISOString() ?? null;
  const who = owner === null ? "another run" : `pid ${owner.pid} on ${owner.host}`;
  return new LorchestraError("ALREADY_RUNNING", `${who} holds the lease of ${name} since ${since} (run ${runId})`, {
    hint: isOurs ? HELD_BY_US : `wait for it to end; if it has died, its lease ends by itself at ${until}`,
    facts: { lease: name, pid: owner?.pid ?? null, host: owner?.host ?? null, run_id: runId, since, until },
  });
}
