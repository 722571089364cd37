import type { Change, CreatedRange, JsonValue } from "injest";
import { LorchestraError } from "../../src/errors.js";
import type { EventRow } from "../../src/events/event-row.js";
import { latestChanges } from "../../src/testing/changes.js";
import { createRawObjectsModel, type ModelRow, type RawObjectsModel } from "../../src/testing/raw-objects-model.js";
import { TAMPERED, TAMPERED_HASH, type Tampering } from "./another-hand.js";
import type {
  Load,
  LoadOptions,
  OpenOptions,
  QuarantinedObject,
  QueryResult,
  StoredCheckpoint,
  StoredRow,
  StreamScope,
  Warehouse,
} from "../../src/warehouse/warehouse.js";

/**
 * What a warehouse in memory holds, from one opening to the next: the seam's contract in its plainest form.
 *
 * A database takes most of a simulation's time. So most histories go on with this one, which costs nothing, and the same
 * history ends with the same rows in both.
 */
export class MemoryStore {
  readonly #tables = new Map<string, Tables>();
  /** The run that has it open. */
  holder: string | null = null;
  /** Goes up with every write. */
  version = 0;

  tables(prefix: string): Tables {
    let tables = this.#tables.get(prefix);
    if (tables === undefined) {
      tables = { objects: createRawObjectsModel(), events: new Map(), checkpoints: new Map(), refused: new Map() };
      this.#tables.set(prefix, tables);
    }
    return tables;
  }

  /** Changes a row as another hand does. */
  tamper(idemKey: string, tampering: Tampering): void {
    const { objects } = this.tables("");
    const row = [...objects.values()].find((each) => each["idem_key"] === idemKey);
    if (row === undefined) throw new RangeError(`there is no row ${idemKey}`);
    if (tampering === "drop") objects.lose(idemKey);
    else if (tampering === "mark-deleted") row["deleted_at"] = row["last_seen"] ?? null;
    else row["payload"] = `{${TAMPERED}${(row["payload"] as string).slice(1)}`;
    if (tampering === "change-payload-and-hash") row["payload_hash"] = TAMPERED_HASH;
    this.version += 1;
  }
}

interface Tables {
  readonly objects: RawObjectsModel;
  readonly events: Map<string, EventRow>;
  readonly checkpoints: Map<string, StoredCheckpoint>;
  /** What is in quarantine, by the object's id. */
  readonly refused: Map<string, QuarantinedObject>;
}

/** What a warehouse may not be able to hold: half of a surrogate pair. It goes to quarantine, and the object's row stays as it was. */
export function isRefused(json: string): boolean {
  return json.includes("\\ud800");
}

/** Opens it as a file is opened: by one run at a time. */
export function openMemoryWarehouse(store: MemoryStore, options: OpenOptions): Warehouse {
  if (store.holder !== null) throw alreadyRunning(store.holder);
  if (options.access === "write") store.holder = options.runId;
  const tables = store.tables(options.tablePrefix);
  const leases = new Map<string, string>();
  let isOpen = true;

  const rowsOf = (scope: StreamScope): ModelRow[] =>
    [...tables.objects.values()].filter(
      (row) => row["connection_name"] === scope.connectionName && row["object_type"] === scope.objectType,
    );
  const liveIdsOf = (scope: StreamScope, ranges: readonly CreatedRange[]): string[] =>
    rowsOf(scope)
      .filter((row) => row["deleted_at"] === null && ranges.some((range) => isIn(range, row["object_created"])))
      .map((row) => row["external_id"] as string);

  async function beginLoad(scope: StreamScope, loadOptions: LoadOptions): Promise<Load> {
    const other = leases.get(scope.stream);
    if (other !== undefined) throw alreadyRunning(other);
    leases.set(scope.stream, loadOptions.runId);
    let staged: Change<unknown>[] = [];
    let sizeBytes = 0;
    return {
      async append(changes) {
        loadOptions.signal?.throwIfAborted();
        staged.push(...changes);
        for (const change of changes) sizeBytes += change.op === "upsert" ? change.record.sizeBytes : 0;
      },
      get staged() {
        return { rows: staged.length, sizeBytes };
      },
      async *unlisted(listed) {
        const there = new Set([...staged.map(({ id }) => id), ...listed.flatMap(({ alsoPresent }) => alsoPresent)]);
        for (const id of liveIdsOf(
          scope,
          listed.map(({ range }) => range),
        ))
          if (!there.has(id)) yield id;
      },
      async commit(checkpoint, commitOptions) {
        loadOptions.signal?.throwIfAborted();
        const latest = latestChanges(staged);
        const taken = latest.filter((change) => change.op === "delete" || !isRefused(change.record.json));
        const counts = tables.objects.commit(scope, loadOptions.runId, loadOptions.schemaRef, taken, commitOptions);
        const result = { ...counts, staged: latest.length, quarantined: latest.length - taken.length };
        for (const change of latest) {
          if (change.op === "delete" || taken.includes(change)) continue;
          const idemKey = loadOptions.idemKey(change.id);
          tables.refused.set(change.id, { idemKey, reason: "half of a surrogate pair", raw: change.record.json });
        }
        if (checkpoint !== null)
          tables.checkpoints.set(scope.stream, {
            ...(JSON.parse(JSON.stringify(checkpoint)) as typeof checkpoint),
            updatedAt: new Date(options.nowMs()),
          });
        store.version += 1;
        staged = [];
        sizeBytes = 0;
        return result;
      },
      [Symbol.asyncDispose]: async () => void leases.delete(scope.stream),
    };
  }

  return {
    label: "memory",
    identity: "memory",
    capabilities: {
      commitAfter: { rows: 8_192, sizeBytes: 16 * 1024 * 1024, elapsedMs: 20_000 },
      commitDeadlineMs: 5_000,
      readAheadBytes: 4 * 1024 * 1024,
      rowLookups: "cheap",
    },
    exists: async () => true,
    prepare: async () => undefined,
    beginLoad,
    readCheckpoint: async ({ stream }) => tables.checkpoints.get(stream) ?? null,
    otherCheckpoints: async ({ stream }) =>
      [...tables.checkpoints].flatMap(([other, checkpoint]) => (other === stream ? [] : [checkpoint])),
    newestReadAt: async (scope) => {
      const newestMs = rowsOf(scope).reduce(
        (newest, row) => Math.max(newest, millisecondsOf(row["last_seen"]), millisecondsOf(row["deleted_at"])),
        -Infinity,
      );
      return newestMs === -Infinity ? null : new Date(newestMs);
    },
    countLive: async (scope) => rowsOf(scope).filter((row) => row["deleted_at"] === null).length,
    readRows: async (scope, externalIds, { payload }) => {
      const wanted = new Set(externalIds);
      return rowsOf(scope)
        .filter((row) => wanted.has(row["external_id"] as string))
        .map((row) => storedRow(row, payload));
    },
    scanRows: async function* (scope, { payload }) {
      for (const row of rowsOf(scope)) yield { ...storedRow(row, payload), created: createdOf(row["object_created"]) };
    },
    canHold: ({ json }) => !isRefused(json),
    readQuarantined: async (idemKeys) =>
      [...tables.refused.values()].filter(({ idemKey }) => idemKeys.includes(idemKey)),
    liveIds: async function* (scope, ranges) {
      yield* liveIdsOf(scope, ranges);
    },
    appendEvents: async (rows) => {
      for (const row of rows) if (!tables.events.has(row.event_id)) tables.events.set(row.event_id, row);
      store.version += 1;
    },
    unfinishedJobs: async (scope) => unfinishedJobs([...tables.events.values()], scope),
    estimateLoad: async () => ({
      storedBytes: { low: 0, likely: 0, high: 0 },
      bytesBilled: null,
      priceUsd: null,
      assumptions: [],
    }),
    query: async (sql) => select(tables, sql),
    usage: () => null,
    [Symbol.asyncDispose]: async () => {
      if (isOpen && options.access === "write") store.holder = null;
      isOpen = false;
    },
  };
}

function unfinishedJobs(events: readonly EventRow[], scope: StreamScope): EventRow[] {
  const ofScope = events.filter(
    (row) =>
      row.source_system === "lorchestra" &&
      row.connection_name === scope.connectionName &&
      row.target_object_type === scope.objectType,
  );
  const ended = new Set(
    ofScope
      .filter(({ event_type }) => event_type === "job.completed" || event_type === "job.failed")
      .map(({ correlation_id }) => correlation_id),
  );
  return ofScope.filter(({ event_type, correlation_id }) => event_type === "job.started" && !ended.has(correlation_id));
}

/** The few statements with which a simulation looks into a warehouse. */
function select(tables: Tables, sql: string): QueryResult {
  const [, list, table, live] =
    /^SELECT (.+) FROM events_dev\.(raw_objects|event_log|quarantine)( WHERE deleted_at IS NULL)?$/.exec(sql) ?? [];
  if (list === undefined) throw new RangeError(`the warehouse in memory does not understand ${sql}`);
  const all = rowsOfTable(tables, table);
  const rows = live === undefined ? all : all.filter((row) => row["deleted_at"] === null);
  const names = list === "*" ? Object.keys(rows[0] ?? {}) : list.split(", ");
  return {
    columns: names.map((name) => ({ name, type: "VARCHAR" })),
    rows: (async function* () {
      for (const row of rows) yield names.map((name) => row[name] ?? null);
    })(),
  };
}

function rowsOfTable(tables: Tables, table: string | undefined): Record<string, JsonValue>[] {
  if (table === "raw_objects") return [...tables.objects.values()];
  if (table === "quarantine") return [...tables.refused.keys()].map((id) => ({ id }));
  return [...tables.events.values()].map(eventCells);
}

function eventCells(row: EventRow): Record<string, JsonValue> {
  return { ...row, created_at: row.created_at.toISOString(), payload: JSON.stringify(row.payload) };
}

function storedRow(row: ModelRow, payload: boolean): StoredRow {
  const text = (name: string): string | null => row[name] as string | null;
  const instant = (name: string): Date => new Date(millisecondsOf(row[name]));
  return {
    idemKey: text("idem_key") ?? "",
    externalId: text("external_id") ?? "",
    payloadHash: text("payload_hash"),
    payload: payload ? text("payload") : null,
    firstSeen: instant("first_seen"),
    lastSeen: instant("last_seen"),
    deletedAt: row["deleted_at"] === null ? null : instant("deleted_at"),
    apiVersion: text("api_version"),
    runId: text("run_id"),
    requestId: text("request_id"),
    listedHash: text("listed_hash"),
  };
}

/** What has no `created` is in the ranges that have no beginning. */
function isIn({ from, until }: CreatedRange, created: JsonValue | undefined): boolean {
  const second = createdOf(created);
  if (second === null) return from === null;
  return second >= (from ?? -Infinity) && second < (until ?? Infinity);
}

function createdOf(instant: JsonValue | undefined): number | null {
  return typeof instant === "string" ? Date.parse(instant) / 1000 : null;
}

function millisecondsOf(instant: JsonValue | undefined): number {
  return typeof instant === "string" ? Date.parse(instant) : -Infinity;
}

function alreadyRunning(runId: string): LorchestraError {
  return new LorchestraError("ALREADY_RUNNING", `the warehouse in memory is in use by run ${runId}`, {
    hint: "wait until it has ended, then run again",
    facts: { run_id: runId },
  });
}
