import { LorchestraError } from "../../errors.js";
import { newUlid } from "../../ids.js";
import type { StreamScope } from "../warehouse.js";
import type { Place } from "./address.js";
import { ApiError } from "./api-error.js";
import { classify } from "./classify.js";
import type { Dataset } from "./dataset.js";
import { currentHolder, holderText, isDead, parseHolder } from "./holder.js";
import {
  acquireLeaseSql,
  insertLeaseSql,
  LEASE_SECONDS,
  leaseName,
  releaseLeaseSql,
  renewLeasesSql,
} from "./lease-sql.js";
import type { Queue } from "./queue.js";
import { nullableInstant, type TextRow } from "./rows.js";
import { shortHash } from "./short-hash.js";
import { jobId, type Statements } from "./statements.js";

/*
 * A stream has one row in `leases`. Its epoch moves on whenever somebody takes the lease and at each commit; whoever
 * writes must name the epoch that he knows. Time is BigQuery's own, so that no machine's clock decides.
 */

/** The right to write one stream, until it is released, lost or not renewed for a minute. */
export interface Lease {
  readonly name: string;
  readonly stream: string;
  readonly runId: string;
  readonly holder: string;
  epoch: string;
  /** Whether the row keeps when the stream's newest row was read; a commit that writes rows sees to it. */
  keepsNewestRead: boolean;
  /** Set when a renewal has found the lease gone. */
  isLost: boolean;
}

export interface Leases {
  /** Throws ALREADY_RUNNING when somebody has it who may still be alive. */
  acquire(scope: StreamScope, runId: string, signal?: AbortSignal): Promise<Lease>;
  /** Frees the lease; a failure only means that it ends by itself. */
  release(lease: Lease): Promise<void>;
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
  /** Dates the process's mark; time itself is BigQuery's. */
  readonly nowMs: () => number;
  /** Default: a third of a lease. */
  readonly renewEveryMs?: number;
}

export function createLeases(options: LeasesOptions): Leases {
  const { dataset, statements, queue, place, nowMs, renewEveryMs = (LEASE_SECONDS * 1000) / 3 } = options;
  const leases = dataset.sqlName("leases");
  const here = currentHolder();
  const holder = holderText(here, newUlid(nowMs()));
  const held = new Set<Lease>();
  let renewals = 0;
  let isRenewing = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(name: string, signal?: AbortSignal): Promise<{ row: TextRow | null; serverNowMs: number }> {
    try {
      const table = await dataset.rows("leases", signal);
      if (table === null) throw new ApiError("notFound", "there is no table `leases`");
      return { row: table.rows.find((row) => row["name"] === name) ?? null, serverNowMs: table.serverNowMs };
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
    // The same id in every process: of several that come at once BigQuery runs one. A number is used up if somebody
    // has deleted the row since.
    const key = shortHash(place.projectId, dataset.sqlName("leases"), created, name);
    for (let number = 0; number < 10; number += 1) {
      await change(`lorchestra_lease_${key}_${number}`, insertLeaseSql(leases, name), scope, signal);
      const again = await look(name, signal);
      if (again.row !== null) return { row: again.row, serverNowMs: again.serverNowMs };
    }
    throw new LorchestraError("WAREHOUSE_FAILED", `the lease of ${name} cannot be made`, {
      hint: "report this",
      facts: { lease: name },
    });
  }

  async function acquire(scope: StreamScope, runId: string, signal?: AbortSignal): Promise<Lease> {
    const name = leaseName(scope);
    // Twice: somebody may be faster in between, and only the second look can name him.
    for (let round = 0; ; round += 1) {
      const { row, serverNowMs } = await rowOf(scope, signal);
      const expiresAt = nullableInstant(row["expires_at"]);
      const isFree = expiresAt === null || expiresAt.getTime() <= serverNowMs;
      const owner = parseHolder(row["holder"] ?? null);
      const isHolderDead = owner !== null && isDead(owner, here);
      if ((!isFree && !isHolderDead) || round > 1) throw alreadyRunning(name, row, expiresAt);
      const epoch = row["epoch"] ?? "0";
      const nextEpoch = String(BigInt(epoch) + 1n);
      const sql = acquireLeaseSql(leases, { name, epoch, nextEpoch, holder, runId, isHolderDead });
      const id = jobId(runId, "acquire", shortHash(leases, name), nextEpoch);
      const job = await queue.run(() => change(id, sql, scope, signal), { urgent: true });
      if (job.statistics?.query?.numDmlAffectedRows === "1") {
        const keepsNewestRead = (row["newest_read_at"] ?? null) !== null;
        const lease = { name, stream: scope.stream, runId, holder, epoch: nextEpoch, keepsNewestRead, isLost: false };
        held.add(lease);
        timer ??= setInterval(() => void renew(), renewEveryMs).unref();
        return lease;
      }
    }
  }

  async function renew(): Promise<void> {
    // A commit may hold up a renewal for longer than a tick; one that waits is enough.
    if (held.size === 0 || isRenewing) return;
    isRenewing = true;
    renewals += 1;
    const id = `lorchestra_renew_${shortHash(leases, holder)}_${renewals}`;
    try {
      const streams = [...held].map((lease) => lease.stream);
      const sql = renewLeasesSql(leases, holder);
      await queue.run(() => statements.change(id, sql, { streams, deadlineMs: 30_000 }), {
        urgent: true,
      });
      const table = await dataset.rows("leases");
      for (const lease of held) {
        const row = table?.rows.find((each) => each["name"] === lease.name);
        const expiresAt = nullableInstant(row?.["expires_at"]);
        if (expiresAt === null || table === null || expiresAt.getTime() <= table.serverNowMs) lease.isLost = true;
      }
    } catch {
      // The next tick tries again; if none succeeds in time, the fence of the next commit says so.
    } finally {
      isRenewing = false;
    }
  }

  async function change(
    id: string,
    sql: string,
    scope: StreamScope,
    signal?: AbortSignal,
  ): ReturnType<Statements["change"]> {
    try {
      return await statements.change(id, sql, { streams: [scope.stream], signal, deadlineMs: 60_000 });
    } catch (error) {
      throw classify(error, place, { what: `take the lease of ${leaseName(scope)}`, isDml: true });
    }
  }

  return {
    acquire,
    release: async (lease) => {
      held.delete(lease);
      if (held.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      const id = jobId(lease.runId, "release", shortHash(leases, lease.name), lease.epoch);
      try {
        const sql = releaseLeaseSql(leases, lease.name, lease.epoch);
        await queue.run(() => statements.change(id, sql, { streams: [lease.stream], deadlineMs: 10_000 }), {
          urgent: true,
        });
      } catch {
        // It ends by itself, and on this machine the dead process is recognised before.
      }
    },
    inspect: async (lease, signal) => {
      const { row, serverNowMs } = await look(lease.name, signal);
      const expiresAt = nullableInstant(row?.["expires_at"]);
      if (row === null || expiresAt === null || expiresAt.getTime() <= serverNowMs) return "lost";
      if (row["holder"] !== lease.holder) return "lost";
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
      const row = table?.rows.find((each) => each["name"] === leaseName(scope));
      return nullableInstant(row?.["newest_read_at"]);
    },
    close: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** The epoch that a commit under this lease leads to. */
export function nextEpochOf(lease: Lease): string {
  return String(BigInt(lease.epoch) + 1n);
}

export function leaseLost(lease: Lease): LorchestraError {
  return new LorchestraError("LEASE_LOST", `the lease of ${lease.name} has passed, so nothing more was written`, {
    hint: "run again: what this run had not committed is read again",
    facts: { lease: lease.name, epoch: lease.epoch },
  });
}

function alreadyRunning(name: string, row: TextRow, expiresAt: Date | null): LorchestraError {
  const owner = parseHolder(row["holder"] ?? null);
  const runId = row["run_id"] ?? null;
  const since = nullableInstant(row["acquired_at"])?.toISOString() ?? null;
  const until = expiresAt?.toISOString() ?? null;
  const who = owner === null ? "another run" : `pid ${owner.pid} on ${owner.host}`;
  return new LorchestraError("ALREADY_RUNNING", `${who} holds the lease of ${name} since ${since} (run ${runId})`, {
    hint: `wait for it to end; if it has died, its lease ends by itself at ${until}`,
    facts: { lease: name, pid: owner?.pid ?? null, host: owner?.host ?? null, run_id: runId, since, until },
  });
}
