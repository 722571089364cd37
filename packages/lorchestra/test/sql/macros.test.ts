import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expandedLength } from "../../src/sql/macro-expansion.js";
import { QUERY_MACROS } from "../../src/sql/macros.js";
import { translateBigQuery } from "../../src/sql/translate.js";

describe("the macros", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sql-macros-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("can be made again and again, also in a file that is open for reading only, and change no byte of it", async () => {
    const file = join(directory, "a.duckdb");
    const writer = await DuckDBInstance.create(file);
    const first = await writer.connect();
    await first.run("CREATE TABLE t AS SELECT 1 AS x");
    first.closeSync();
    writer.closeSync();
    const before = await readFile(file);

    const reader = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await reader.connect();
    for (const macro of [...QUERY_MACROS, ...QUERY_MACROS]) await connection.run(macro);
    const { sql } = await translateBigQuery("SELECT SUBSTR('apple', -2)", { defaultDataset: "d" });
    const result = await connection.runAndReadAll(sql);
    expect(result.getRowsJson()).toEqual([["le"]]);
    connection.closeSync();
    reader.closeSync();
    expect(await readFile(file)).toEqual(before);
  });

  it.each([
    "bq_json_int64",
    "bq_json_string",
    "bq_lax_int64",
    "bq_lax_string",
    "bq_json_value",
    "bq_json_elements",
    "bq_json_values",
    "bq_parse_int64",
    "bq_substr",
    "bq_offset",
  ])("parse a payload once, however often they look at it: %s", (name) => {
    const payload = "p".repeat(10_000);
    expect(expandedLength(`${name}(${payload}, 1)`)).toBeLessThan(10_100);
  });

  it("raise an error only where their call says so, which SAFE does not", () => {
    for (const macro of QUERY_MACROS) expect(macro).not.toMatch(/\berror\(/);
  });

  it("find no fields in a document that DuckDB cannot parse, and do not repeat its text in an error", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    for (const macro of QUERY_MACROS) await connection.run(macro);
    await connection.run("CREATE SCHEMA events_dev");
    await connection.run("CREATE TABLE events_dev.raw_objects (external_id VARCHAR, payload JSON)");
    // The appender checks no JSON, so that a lone surrogate is kept as Stripe sent it.
    const appender = await connection.createAppender("raw_objects", "events_dev");
    for (const text of [String.raw`{"name": "\ud800", "amount": 1}`, String.raw`{"name": "a\u0000b", "amount": 2}`]) {
      appender.appendVarchar("x");
      appender.appendVarchar(text);
      appender.endRow();
    }
    appender.closeSync();
    const query =
      "SELECT JSON_VALUE(payload, '$.name'), INT64(payload.amount), payload.amount, JSON_QUERY_ARRAY(payload, '$.tags') FROM raw_objects";
    const { sql } = await translateBigQuery(query, { defaultDataset: "events_dev" });
    const result = await connection.runAndReadAll(sql);
    expect(result.getRowsJson()).toEqual([
      [null, null, null, null],
      ["a\0b", "2", "2", null],
    ]);
    connection.closeSync();
    instance.closeSync();
  });
});
