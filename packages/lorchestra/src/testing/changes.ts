import { createHash } from "node:crypto";
import type { Change, Delete, JsonValue, Upsert } from "injest";

/** An instant of the suites' history: so many seconds after its beginning. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2025, 0, 1) + Math.round(seconds * 1000));
}

/** Unix seconds of an instant. */
export function unixSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

export interface UpsertFacts {
  /** The part of the object that changes. Default: 1. */
  readonly value?: JsonValue;
  /** The whole text, in place of one made around `value`. */
  readonly json?: string;
  /** Default: `at(0)`. */
  readonly readAt?: Date;
  /** Default: `at(-1000)` in Unix seconds. */
  readonly created?: number | null;
  readonly apiVersion?: string;
  readonly requestId?: string | null;
  readonly listedHash?: string;
}

/** The default `created` of an object. */
export const CREATED = unixSeconds(at(-1000));

/** A change as a source yields it. */
export function upsert(id: string, facts: UpsertFacts = {}): Upsert<unknown> {
  const { value = 1, readAt = at(0), created = CREATED, apiVersion = "2026-10-28.endive", requestId = "req_1" } = facts;
  const json = facts.json ?? JSON.stringify({ id, object: "thing", created, value });
  const bytes = Buffer.from(json);
  return {
    op: "upsert",
    id,
    record: {
      json,
      bytes,
      sizeBytes: bytes.length,
      contentHash: createHash("sha256").update(json).digest("hex"),
      parse: (): unknown => JSON.parse(json),
    },
    readAt,
    created,
    apiVersion,
    requestId,
    ...(facts.listedHash !== undefined && { listedHash: facts.listedHash }),
  };
}

/** A tombstone as a source yields it. */
export function remove(id: string, readAt: Date = at(0), requestId: string | null = "req_gone"): Delete {
  return { op: "delete", id, readAt, requestId };
}

/** The change with the latest `readAt` of each id, of equals the last, in the order of the ids' first coming. */
export function latestChanges(changes: readonly Change<unknown>[]): Change<unknown>[] {
  const latest = new Map<string, Change<unknown>>();
  for (const change of changes) {
    const known = latest.get(change.id);
    if (known === undefined || change.readAt >= known.readAt) latest.set(change.id, change);
  }
  return [...latest.values()];
}
