import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { QUERY_MACROS } from "../../src/sql/macros.js";
import { translateBigQuery } from "../../src/sql/translate.js";

/** What a cell of a result is here: numbers as numbers, dates and times as DuckDB writes them. */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [field: string]: Cell };

export interface QueryRig extends AsyncDisposable {
  /** Runs a statement of DuckDB's own dialect. */
  run(sql: string): Promise<void>;
  /** Translates a query of BigQuery's dialect, runs it and gives its rows by column name. */
  rows(sql: string): Promise<Record<string, Cell>[]>;
  /** The same for a query of one row, as a list. */
  row(sql: string): Promise<Cell[]>;
}

/** An in-memory DuckDB with the macros and a schema `events_dev`. */
export async function queryRig(): Promise<QueryRig> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const macro of QUERY_MACROS) await connection.run(macro);
  await connection.run("CREATE SCHEMA events_dev");
  return {
    run: async (sql) => void (await connection.run(sql)),
    rows: async (sql) => {
      const { names, cells } = await query(connection, sql);
      return cells.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
    },
    row: async (sql) => {
      const { cells } = await query(connection, sql);
      if (cells.length !== 1) throw new Error(`${cells.length} rows`);
      return cells[0] ?? [];
    },
    [Symbol.asyncDispose]: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function query(connection: DuckDBConnection, sql: string): Promise<{ names: string[]; cells: Cell[][] }> {
  const translated = await translateBigQuery(sql, { defaultDataset: "events_dev" });
  const result = await connection.runAndReadAll(translated.sql);
  const types = result.columnTypes().map(String);
  const cells = result.getRowsJson().map((row) => row.map((cell, index) => readable(cell as Cell, types[index] ?? "")));
  return { names: result.columnNames(), cells };
}

/** DuckDB's JSON form has 64-bit integers and decimals as strings. */
function readable(cell: Cell, type: string): Cell {
  if (Array.isArray(cell)) return cell.map((item: Cell) => readable(item, type.replace(/\[\]$/, "")));
  if (typeof cell === "object" && cell !== null) {
    const isInteger = (field: string): boolean => new RegExp(`[ (]"?${field}"? BIGINT[,)]`).test(type);
    return Object.fromEntries(
      Object.entries(cell).map(([field, value]) => [field, isInteger(field) ? readable(value, "BIGINT") : value]),
    );
  }
  const isNumber = /^(BIGINT|HUGEINT|DECIMAL\(.*\))$/.test(type);
  return isNumber && typeof cell === "string" ? Number(cell) : cell;
}
