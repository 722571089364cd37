import assert from "node:assert/strict";
import type { Change } from "injest";
import { stripeIdemKey } from "../../ids.js";
import type { Verdict } from "../../warehouse/verdict.js";
import type { LoadResult } from "../../warehouse/warehouse.js";
import { at, CREATED, remove, upsert } from "../changes.js";
import {
  asText,
  commitChanges,
  counts,
  readTable,
  SCHEMA_REF,
  THINGS,
  type WarehouseContext,
} from "../warehouse-context.js";
import type { WarehousePlace } from "../warehouse-harness.js";

/** A row as it stands before a change: its hash is that of the change, another, or none. */
interface RowKind {
  readonly state: "live" | "deleted";
  readonly hash: "equal" | "other" | "none";
}

type Way = "upsert" | "forced upsert" | "delete";
type When = "before" | "at" | "after";

const KINDS: readonly RowKind[] = (["live", "deleted"] as const).flatMap((state) =>
  (["equal", "other", "none"] as const).map((hash) => ({ state, hash })),
);
const WAYS: readonly Way[] = ["upsert", "forced upsert", "delete"];

/** What becomes of one row by a change that was read before, at or after the time at which the row was read or deleted. */
const BECOMES: Readonly<Record<"equal" | "different" | "deleted", Readonly<Record<Way, Record<When, Verdict>>>>> = {
  equal: {
    upsert: { before: "stale", at: "unchanged", after: "unchanged" },
    "forced upsert": { before: "stale", at: "updated", after: "updated" },
    delete: { before: "stale", at: "deleted", after: "deleted" },
  },
  different: {
    upsert: { before: "stale", at: "updated", after: "updated" },
    "forced upsert": { before: "stale", at: "updated", after: "updated" },
    delete: { before: "stale", at: "deleted", after: "deleted" },
  },
  deleted: {
    upsert: { before: "stale", at: "updated", after: "updated" },
    "forced upsert": { before: "stale", at: "updated", after: "updated" },
    delete: { before: "stale", at: "unchanged", after: "unchanged" },
  },
};

/** What becomes of an object that has no row. */
const WITHOUT_ROW: Readonly<Record<Way, Verdict>> = {
  upsert: "inserted",
  "forced upsert": "inserted",
  delete: "unchanged",
};

/** As which an object counts whose rows come to several of these. */
const FIRST_COUNTS: readonly Verdict[] = ["updated", "deleted", "stale", "unchanged"];

/** An earlier row was last read, or deleted, at 10, and a later one at 20: changes come before, between, at and after. */
const READ_AT = [5, 10, 15, 20, 25] as const;

interface Case {
  readonly id: string;
  readonly way: Way;
  readonly readAt: number;
  readonly rows: readonly PlacedRow[];
}

interface PlacedRow extends RowKind {
  readonly since: number;
  readonly firstSeen: number;
  /** Null: an earlier tool left it empty. */
  readonly lastSeen: number | null;
}

export function testVerdicts({ test }: WarehouseContext): void {
  test("does with each row what the table of all cases says, also where an object has several", async (place) => {
    const cases = allCases();
    {
      await using warehouse = await place.open();
      await warehouse.prepare();
    }
    await insertRows(place, cases);
    await using warehouse = await place.open();
    for (const isForced of [false, true]) {
      const now = cases.filter(({ way }) => (way === "forced upsert") === isForced);
      const options = { force: isForced };
      assert.deepEqual(
        await commitChanges(warehouse, now.map(changeOf), { options }),
        now.map(verdictOfCase).reduce(countOne, counts({})),
      );
    }
    const found = new Map<string, string[]>();
    for (const row of await readTable(warehouse, place, "raw_objects")) {
      const id = asText(row["external_id"]);
      const facts = ["payload_hash", "first_seen", "last_seen", "deleted_at"].map((column) => row[column] ?? null);
      found.set(id, [...(found.get(id) ?? []), JSON.stringify(facts)]);
    }
    for (const one of cases) {
      const expected = rowsAfter(one).map(({ hash, firstSeen, lastSeen, deletedAt }) => {
        const instants = [firstSeen, lastSeen, deletedAt].map((instant) =>
          instant === null ? null : at(instant).toISOString(),
        );
        return JSON.stringify([hashOf(one.id, hash), ...instants]);
      });
      assert.deepEqual((found.get(one.id) ?? []).toSorted(), expected.toSorted(), one.id);
    }
  });
}

function allCases(): Case[] {
  const placed = (since: number, firstSeen: number): PlacedRow[] =>
    KINDS.map((kind) => ({ ...kind, since, firstSeen, lastSeen: kind.state === "live" ? since : since - 1 }));
  const [earlier, later] = [placed(10, 2), placed(20, 3)];
  const objects: PlacedRow[][] = [
    [],
    ...later.map((row) => [row]),
    ...later.map((row) => [{ ...row, lastSeen: null }]),
    ...earlier.flatMap((one) => later.map((other) => [one, other])),
  ];
  return objects.flatMap((rows) =>
    WAYS.flatMap((way) =>
      READ_AT.map((readAt) => {
        const what =
          rows.map((row) => `${row.state} at ${row.since} with ${row.hash} read at ${row.lastSeen}`).join(" and ") ||
          "no row";
        return { id: `${what}: ${way} at ${readAt}`, way, readAt, rows };
      }),
    ),
  );
}

function becomes({ way, readAt }: Case, { state, hash, since, lastSeen }: PlacedRow): Verdict {
  // Nothing is too old for a row that does not say when it was read.
  const isDated = lastSeen !== null || state === "deleted";
  const standing = state === "deleted" ? "deleted" : hash === "equal" ? "equal" : "different";
  return BECOMES[standing][way][!isDated || readAt > since ? "after" : readAt < since ? "before" : "at"];
}

function verdictOfCase(one: Case): Verdict {
  const verdicts = one.rows.map((row) => becomes(one, row));
  return FIRST_COUNTS.find((verdict) => verdicts.includes(verdict)) ?? WITHOUT_ROW[one.way];
}

function countOne(sum: LoadResult, verdict: Verdict): LoadResult {
  return { ...sum, staged: sum.staged + 1, [verdict]: sum[verdict] + 1 };
}

interface RowAfter {
  readonly hash: RowKind["hash"];
  readonly firstSeen: number;
  readonly lastSeen: number | null;
  readonly deletedAt: number | null;
}

/** An update leaves one row in place of all that are not newer than it. */
function rowsAfter(one: Case): RowAfter[] {
  const { way, readAt, rows } = one;
  const written = { hash: "equal", lastSeen: readAt, deletedAt: null } as const;
  if (rows.length === 0) return way === "delete" ? [] : [{ ...written, firstSeen: readAt }];
  const after = rows.map((row): RowAfter & { readonly verdict: Verdict } => {
    const verdict = becomes(one, row);
    const { hash, firstSeen, lastSeen } = row;
    if (verdict === "updated") return { ...written, firstSeen, verdict };
    return { hash, firstSeen, lastSeen, deletedAt: verdict === "deleted" ? readAt : deletedAtOf(row), verdict };
  });
  if (verdictOfCase(one) !== "updated") return after;
  const replaced = after.filter(({ verdict }) => verdict !== "stale");
  const firstSeen = Math.min(...replaced.map((row) => row.firstSeen));
  return [{ ...written, firstSeen }, ...after.filter(({ verdict }) => verdict === "stale")];
}

function deletedAtOf({ state, since }: PlacedRow): number | null {
  return state === "deleted" ? since : null;
}

function changeOf({ id, way, readAt }: Case): Change<unknown> {
  return way === "delete" ? remove(id, at(readAt)) : upsert(id, { readAt: at(readAt) });
}

function hashOf(id: string, hash: RowKind["hash"]): string | null {
  if (hash === "none") return null;
  return hash === "equal" ? upsert(id).record.contentHash : "another";
}

/** As an earlier tool may have left them, two of them with one key. */
async function insertRows(place: WarehousePlace, cases: readonly Case[]): Promise<void> {
  const columns = [
    "idem_key, source_system, connection_name, object_type, schema_ref, external_id, payload, first_seen, last_seen",
    "payload_hash, deleted_at, object_created",
  ].join(", ");
  const text = (value: string | null): string => (value === null ? "NULL" : `'${value}'`);
  const instant = (seconds: number | null): string =>
    seconds === null ? "CAST(NULL AS TIMESTAMP)" : `TIMESTAMP '${at(seconds).toISOString()}'`;
  const { sourceSystem, connectionName, objectType } = THINGS;
  const values = cases.flatMap(({ id, rows }) =>
    rows.map((row) =>
      [
        ...[
          stripeIdemKey(connectionName, objectType, id),
          sourceSystem,
          connectionName,
          objectType,
          SCHEMA_REF,
          id,
        ].map(text),
        "JSON '{}'",
        instant(row.firstSeen),
        instant(row.lastSeen),
        text(hashOf(id, row.hash)),
        instant(deletedAtOf(row)),
        `TIMESTAMP '${new Date(CREATED * 1000).toISOString()}'`,
      ].join(", "),
    ),
  );
  const into = `INSERT INTO ${place.tableName("raw_objects")} (${columns}) VALUES`;
  await place.execute(`${into} ${values.map((row) => `(${row})`).join(",\n")}`);
}
