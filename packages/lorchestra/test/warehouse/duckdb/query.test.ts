import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonValue } from "injest";
import { at, upsert } from "../../../src/testing/changes.js";
import { collect, commitChanges, failure, THINGS } from "../../../src/testing/warehouse-context.js";
import type { QueryOptions, Warehouse } from "../../../src/warehouse/warehouse.js";
import { newDuckdbPlace } from "../duckdb-places.js";

const place = newDuckdbPlace();
let warehouse: Warehouse;

beforeAll(async () => {
  warehouse = await place.open();
  await warehouse.prepare();
  await commitChanges(warehouse, [
    upsert("a", { readAt: at(1) }),
    upsert("lone", { json: '{"id":"lone","secret":"\\ud800"}', readAt: at(2) }),
  ]);
  writeFileSync(join(place.directory, "other.csv"), "a,b\n1,2\n");
});

afterAll(async () => {
  await warehouse[Symbol.asyncDispose]();
  await place.remove();
});

async function rows(sql: string, options: QueryOptions = {}): Promise<(readonly JsonValue[])[]> {
  return await collect((await warehouse.query(sql, { dialect: "native", ...options })).rows);
}

describe("a query of a user", () => {
  const forbidden = [
    "INSERT INTO events_dev.checkpoints VALUES ('a', 'b', 'c', 'd', now())",
    "UPDATE raw_objects SET payload = NULL",
    "DELETE FROM raw_objects",
    "DROP TABLE raw_objects",
    "CREATE TABLE events_dev.mine (a INT)",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "COPY raw_objects TO 'out.csv'",
    "ATTACH 'other.duckdb'",
    "SET threads = 8",
    "RESET memory_limit",
    "CHECKPOINT",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "SELECT 1; DELETE FROM raw_objects",
    "SELECT * FROM read_csv('other.csv')",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM 'other.csv'",
    "SELECT * FROM glob('/*')",
    "EXPLAIN ANALYZE DELETE FROM raw_objects",
    "WITH gone AS (DELETE FROM raw_objects RETURNING *) SELECT * FROM gone",
  ];
  for (const sql of forbidden) {
    it(`cannot be: ${sql}`, async () => {
      await expect(rows(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^SQL_(UNSUPPORTED|INVALID)$/) });
      expect(await warehouse.countLive(THINGS)).toBe(2);
    });
  }

  it("gives exact values of every kind", async () => {
    const [row] =
      await rows(`SELECT 42::UTINYINT, 9007199254740991, 9007199254740992, 170141183460469231731687303715884105727::HUGEINT,
      1.50::DECIMAL(9,2), 12345678901234567.89::DECIMAL(30,2), 0.1::DOUBLE, 'nan'::DOUBLE, '\\x00\\xFF'::BLOB, [1, NULL, 3],
      {'a': 1, 'b': [DATE '2025-01-02']}, MAP {'k': 1}, TIME '01:02:03', INTERVAL 1 DAY, INTERVAL 13 MONTH - INTERVAL 2 DAY - INTERVAL 1500 MILLISECOND, uuid '00000000-0000-0000-0000-000000000001',
      TIMESTAMP '2025-01-02 03:04:05.123456', TIMESTAMP '2025-01-02 03:04:05.100', TIMESTAMPTZ '2025-01-02 03:04:05+02', '{"a": 1.0}'::JSON`);
    expect(row).toEqual([
      42,
      9007199254740991,
      "9007199254740992",
      "170141183460469231731687303715884105727",
      1.5,
      "12345678901234567.89",
      0.1,
      "NaN",
      "AP8=",
      [1, null, 3],
      { a: 1, b: ["2025-01-02"] },
      { k: 1 },
      "01:02:03",
      "0-0 1 0:0:0",
      "1-1 -2 -0:0:1.500",
      "00000000-0000-0000-0000-000000000001",
      "2025-01-02T03:04:05.123456Z",
      "2025-01-02T03:04:05.100Z",
      "2025-01-02T01:04:05Z",
      '{"a": 1.0}',
    ]);
  });

  it.each([
    ["SELECT *, DATETIME(last_seen) AS civil FROM raw_objects", "civil", false],
    ["SELECT * FROM (SELECT DATETIME(last_seen) AS civil FROM raw_objects)", "civil", false],
    ["WITH t AS (SELECT DATETIME(last_seen) AS civil FROM raw_objects) SELECT MAX(civil) AS m FROM t", "m", false],
    ["SELECT DATETIME(last_seen) AS x FROM raw_objects UNION ALL SELECT NULL", "x", false],
    ["SELECT *, DATETIME(last_seen) AS civil FROM raw_objects", "last_seen", true],
    ["SELECT MAX(last_seen) AS m FROM raw_objects", "m", true],
  ])("tells instants from civil times: %s, %s", async (sql, column, isInstant) => {
    const { columns, rows } = await warehouse.query(sql);
    const [row] = await collect(rows);
    const value = row?.[columns.findIndex(({ name }) => name === column)];
    expect(value).toMatch(isInstant ? /^\d{4}-\d\d-\d\dT.*Z$/ : /^\d{4}-\d\d-\d\dT[\d:.]+$/);
  });

  it("fails when a later row does, instead of ending early", async () => {
    const sql = "SELECT CAST(CASE WHEN range > 500000 THEN 'x' ELSE '1' END AS INT) FROM range(1000000)";
    const { rows } = await warehouse.query(sql, { dialect: "native" });
    const error = await failure("SQL_INVALID", () => collect(rows));
    expect(error.hint).toMatch(/SAFE_CAST/);
  });

  it("shows nothing of a record in its errors", async () => {
    for (const sql of ["SELECT payload->>'id' FROM raw_objects", "SELECT CAST(external_id AS INT) FROM raw_objects"]) {
      const error = await failure("SQL_INVALID", () => rows(sql));
      expect(`${error.message} ${error.hint} ${JSON.stringify(error.facts)}`).not.toMatch(/ud800|lone|secret/);
    }
  });

  it("says that a value is no time zone, and not which", async () => {
    const error = await failure("SQL_INVALID", () => rows("SELECT timezone(external_id, now()) FROM raw_objects"));
    expect(error.message).toContain("an unknown time zone");
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.facts)}`).not.toContain("lone");
  });

  it("tells an unknown name of BigQuery's dialect with its place, also to a job that asks", async () => {
    const error = await failure("SQL_INVALID", () => warehouse.query("SELECT 1\nFROM things"));
    expect(error).toMatchObject({ message: "there is no table `things` (line 2, column 6)", facts: { line: 2 } });
  });

  it("names what is wrong with its text", async () => {
    expect((await failure("SQL_INVALID", () => rows("SELECT amuont FROM raw_objects"))).message).toMatch(/amuont/);
    expect((await failure("SQL_INVALID", () => rows("SELECT * FROM test_raw_objects"))).message).toMatch(
      /test_raw_objects/,
    );
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const { rows } = await warehouse.query("SELECT range FROM range(10000000)", {
      dialect: "native",
      signal: controller.signal,
    });
    const reason = new Error("enough");
    await expect(
      (async () => {
        for await (const row of rows) {
          expect(row).toEqual([0]);
          controller.abort(reason);
          break;
        }
        return await collect(
          (await warehouse.query("SELECT 1", { dialect: "native", signal: controller.signal })).rows,
        );
      })(),
    ).rejects.toBe(reason);
  });

  it("runs beside a load", async () => {
    const { rows: numbers } = await warehouse.query("SELECT range FROM range(100000)", { dialect: "native" });
    let count = 0;
    for await (const [number] of numbers) {
      if (number === 50_000) await commitChanges(warehouse, [upsert("a", { readAt: at(3) })]);
      count += 1;
    }
    expect(count).toBe(100_000);
  });
});
