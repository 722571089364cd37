import {
  DuckDBTableFunction,
  DuckDBVarCharType,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";

/**
 * A table function whose rows are JavaScript's: `SELECT … FROM name()` pulls them as DuckDB needs them.
 *
 * Measured against an appender and a temporary table, it saves a copy of each payload and bounds memory by one chunk.
 * DuckDB calls back on the main thread while a thread of its own waits: nothing that waits for DuckDB may block the
 * event loop meanwhile.
 */
export interface Feed<R> {
  /** What the next statements read. */
  set(rows: readonly R[]): void;
}

export interface FeedColumn<R> {
  readonly name: string;
  readonly type: DuckDBType;
  /** The values of a run of rows. */
  readonly values: (rows: readonly R[]) => readonly DuckDBValue[];
}

/** A column of long texts, as UTF-8: DuckDB takes them as they are, while a string would be encoded and copied first. */
export interface FeedTextColumn<R> {
  readonly name: string;
  readonly type: DuckDBType;
  readonly texts: (rows: readonly R[]) => readonly Uint8Array[];
}

/** A column whose values stand in the rows themselves. */
export function column<R>(name: string, type: DuckDBType, value: (row: R) => DuckDBValue): FeedColumn<R> {
  return { name, type, values: (rows) => rows.map(value) };
}

/** VARCHAR under the name JSON: a cast to JSON would parse each text, and refuse lone surrogates. */
export const JSON_TEXT = new DuckDBVarCharType("JSON");

/** Registers a feed for all connections of the instance. `chunkEnd` says where a chunk that begins at `start` ends. */
export function createFeed<R>(
  connection: DuckDBConnection,
  name: string,
  columns: readonly (FeedColumn<R> | FeedTextColumn<R>)[],
  chunkEnd: (rows: readonly R[], start: number) => number = endOfVector,
): Feed<R> {
  let rows: readonly R[] = [];
  let position = 0;
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name,
      bindFunction: (info) => {
        for (const { name, type } of columns) info.addResultColumn(name, type);
        // So that a join builds its table of these rows and not of the warehouse's.
        info.setCardinality(rows.length, true);
      },
      initFunction: () => {
        position = 0;
      },
      mainFunction: (_info, chunk) => {
        const part = position < rows.length ? rows.slice(position, chunkEnd(rows, position)) : [];
        position += part.length;
        chunk.rowCount = part.length;
        if (part.length > 0) fill(chunk, columns, part);
      },
    }),
  );
  return {
    set: (next) => {
      rows = next;
    },
  };
}

/** As many rows as DuckDB moves at a time: `duckdb_vector_size()`. */
function endOfVector(rows: readonly unknown[], start: number): number {
  return Math.min(start + 2048, rows.length);
}

type Chunk = Parameters<Parameters<typeof DuckDBTableFunction.create>[0]["mainFunction"]>[1];

function fill<R>(chunk: Chunk, columns: readonly (FeedColumn<R> | FeedTextColumn<R>)[], rows: readonly R[]): void {
  for (const [index, column] of columns.entries()) {
    if ("texts" in column) fillWithTexts(chunk, index, column.texts(rows));
    else fillWithValues(chunk, index, column.values(rows));
  }
}

function fillWithValues(chunk: Chunk, index: number, values: readonly DuckDBValue[]): void {
  const vector = chunk.getColumnVector(index);
  for (const [row, value] of values.entries()) vector.setItem(row, value);
  vector.flush();
}

/** By the binding itself: a vector of the API takes strings only. */
function fillWithTexts(chunk: Chunk, index: number, texts: readonly Uint8Array[]): void {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, index);
  for (const [row, text] of texts.entries()) bindings.vector_assign_string_element_len(vector, row, text);
}
