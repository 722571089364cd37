import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { createFeed, jsonColumn, numberColumn, textColumn } from "../../../src/warehouse/duckdb/commit/feed.js";

interface Row {
  readonly text: string | null;
  readonly number: number | null;
  readonly json: string;
}

describe("a feed", () => {
  it("gives DuckDB every value as it is, and NULL where there is none, over any number of chunks", async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const feed = createFeed<Row>(connection, "rows", [
      textColumn("text", (row) => row.text),
      numberColumn("number", (row) => row.number),
      jsonColumn("json", (rows) => rows.map(({ json }) => Buffer.from(json))),
    ]);
    const odd = ["", "short", "x\0y", "é😀", "a".repeat(5_000)];
    const rows = Array.from({ length: 5_001 }, (_, index): Row => ({
      text: index % 3 === 0 ? null : (odd[index % odd.length] ?? ""),
      number: index % 7 === 0 ? null : index * 1_000_003,
      json: String.raw`{"n":1.230000000000,"lone":"\ud800","i":${index}}`,
    }));
    try {
      for (const part of [rows, rows.slice(0, 65), []]) {
        feed.set(part);
        const result = await connection.run("SELECT text, number, json::VARCHAR FROM rows()");
        expect(await result.getRows()).toEqual(part.map(({ text, number, json }) => [text, number, json]));
      }
    } finally {
      connection.disconnectSync();
      instance.closeSync();
    }
  });
});
