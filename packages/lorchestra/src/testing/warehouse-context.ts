import assert from "node:assert/strict";
import type { Change, JsonValue } from "injest";
import { LorchestraError, type LorchestraErrorCode } from "../errors.js";
import { stripeIdemKey } from "../ids.js";
import { TABLES, type Column, type TableName } from "../warehouse/tables.js";
import type {
  Checkpoint,
  CommitOptions,
  Load,
  LoadOptions,
  LoadResult,
  StreamScope,
  Warehouse,
} from "../warehouse/warehouse.js";
import type { ModelRow } from "./raw-objects-model.js";
import type { TestRunner } from "./test-runner.js";
import type { WarehouseHarness, WarehousePlace } from "./warehouse-harness.js";

/** What each part of the suite works with. */
export interface WarehouseContext {
  readonly harness: WarehouseHarness;
  readonly group: (name: string, define: () => void) => void;
  /** Registers a test that gets a place of its own, which is removed afterwards. */
  readonly test: (name: string, run: (place: WarehousePlace) => Promise<void>) => void;
}

export function createContext(harness: WarehouseHarness, runner: TestRunner): WarehouseContext {
  return {
    harness,
    group: (name, define) => void runner.describe(name, define),
    test: (name, run) =>
      void runner.it(name, async () => {
        const place = await harness.create();
        try {
          await run(place);
        } finally {
          await place.remove();
        }
      }),
  };
}

/** The stream that most tests load. */
export const THINGS: StreamScope = {
  sourceSystem: "stripe",
  connectionName: "stripe-acme",
  stream: "things",
  objectType: "thing",
};

export const SCHEMA_REF = "stripe/thing/v1";

export function loadOptions(scope: StreamScope = THINGS, runId = "run-1"): LoadOptions {
  return {
    runId,
    idemKey: (externalId) => stripeIdemKey(scope.connectionName, scope.objectType, externalId),
    schemaRef: SCHEMA_REF,
  };
}

export interface CommitFacts {
  readonly scope?: StreamScope;
  readonly runId?: string;
  readonly checkpoint?: Checkpoint | null;
  readonly options?: CommitOptions;
}

/** Loads changes in one commit of a load of their own. */
export async function commitChanges(
  warehouse: Warehouse,
  changes: readonly Change<unknown>[],
  facts: CommitFacts = {},
): Promise<LoadResult> {
  const { scope = THINGS, runId = "run-1", checkpoint = null, options = {} } = facts;
  await using load = await warehouse.beginLoad(scope, loadOptions(scope, runId));
  await load.append(changes);
  return await load.commit(checkpoint, options);
}

/** Stages and commits one piece of an open load. */
export async function commitPiece(load: Load, changes: readonly Change<unknown>[]): Promise<LoadResult> {
  await load.append(changes);
  return await load.commit(null);
}

/** Counts that are nought unless they are given. */
export function counts(some: Partial<LoadResult>): LoadResult {
  return { staged: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0, stale: 0, quarantined: 0, ...some };
}

/** All rows of a table, every column of it, ordered by all that is text; instants as ISO 8601 with milliseconds. */
export async function readTable(
  warehouse: Warehouse,
  place: WarehousePlace,
  table: TableName,
  prefix: "" | "test_" = "",
): Promise<ModelRow[]> {
  const { columns } = TABLES[table];
  const names = columns.map((column) => column.name);
  const sql = `SELECT ${names.join(", ")} FROM ${place.tableName(prefix + table)}`;
  const result = await warehouse.query(sql, { dialect: "native" });
  const rows: ModelRow[] = [];
  for await (const values of result.rows) {
    rows.push(Object.fromEntries(columns.map((column, index) => [column.name, cell(column, values[index] ?? null)])));
  }
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function cell(column: Column, value: JsonValue): JsonValue {
  return column.type === "TIMESTAMP" && value !== null ? new Date(asText(value)).toISOString() : value;
}

/** Compares complete rows of `raw_objects`; payloads as texts, or as values where the warehouse normalises them. */
export function assertSameRows(harness: WarehouseHarness, actual: ModelRow[], expected: ModelRow[]): void {
  assert.deepEqual(actual.map(comparable), expected.map(comparable));

  function comparable(row: ModelRow): ModelRow {
    const payload = row["payload"];
    if (harness.payloads === "verbatim" || typeof payload !== "string") return row;
    return { ...row, payload: JSON.stringify(sorted(JSON.parse(payload))) };
  }
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** The error that an operation throws, which must be a `LorchestraError` of this code. */
export async function failure(code: LorchestraErrorCode, operation: () => Promise<unknown>): Promise<LorchestraError> {
  try {
    await operation();
  } catch (error) {
    assert.ok(error instanceof LorchestraError, `expected a LorchestraError, got ${String(error)}`);
    assert.equal(error.code, code, `expected ${code}, got ${error.code}: ${error.message}`);
    assert.ok(error.hint.length > 0, "an error needs a hint");
    return error;
  }
  return assert.fail(`expected ${code}, but nothing was thrown`);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A value that must be text. */
export function asText(value: JsonValue | undefined): string {
  assert.ok(typeof value === "string", `expected text, got ${JSON.stringify(value)}`);
  return value;
}
