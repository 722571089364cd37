import type { DuckDBConnection, DuckDBVarCharType as VarCharType } from "@duckdb/node-api";
import type { Vector } from "@duckdb/node-bindings";
import { bindings, DOUBLE, DuckDBTableFunction, DuckDBVarCharType, VARCHAR } from "../api.js";

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

/**
 * A column of a feed; writes its values of a run of rows into DuckDB's memory.
 *
 * By the bindings themselves: the vectors of the API keep every value in an array first, count a NULL with a BigInt, and
 * take texts as strings only.
 */
export interface FeedColumn<R> {
  readonly name: string;
  readonly type: typeof DOUBLE | VarCharType;
  readonly write: (part: FeedPart<R>, vector: Vector) => void;
}

/** A run of a feed's rows. */
export interface FeedPart<R> {
  readonly rows: readonly R[];
  /** How many rows of the feed come before it. */
  readonly start: number;
}

/** A column of numbers: DOUBLE, which holds every whole number that comes here; DuckDB's BIGINT would cost a BigInt each. */
export function numberColumn<R>(name: string, value: (row: R, index: number) => number | null): FeedColumn<R> {
  return {
    name,
    type: DOUBLE,
    write: ({ rows, start }, vector) => {
      const numbers = new Float64Array(rows.length);
      const nulls = new Nulls(rows.length);
      for (let row = 0; row < rows.length; row += 1) {
        const number = value(rows[row] as R, start + row);
        if (number === null) nulls.add(row);
        else numbers[row] = number;
      }
      bindings.copy_data_to_vector(vector, 0, numbers.buffer, 0, numbers.byteLength);
      nulls.writeTo(vector);
    },
  };
}

/** A column of short texts. */
export function textColumn<R>(name: string, value: (row: R) => string | null): FeedColumn<R> {
  return {
    name,
    type: VARCHAR,
    write: ({ rows }, vector) => {
      const nulls = new Nulls(rows.length);
      for (let row = 0; row < rows.length; row += 1) {
        const text = value(rows[row] as R);
        if (text === null) nulls.add(row);
        else bindings.vector_assign_string_element(vector, row, text);
      }
      nulls.writeTo(vector);
    },
  };
}

/**
 * A column of JSON, as UTF-8: DuckDB takes it as it is, while a string would be encoded and copied first.
 *
 * VARCHAR under the name JSON: a cast to JSON would parse each text, and refuse lone surrogates.
 */
export function jsonColumn<R>(name: string, texts: (rows: readonly R[]) => readonly Uint8Array[]): FeedColumn<R> {
  return {
    name,
    type: JSON_TEXT,
    write: ({ rows }, vector) => {
      const written = texts(rows);
      for (let row = 0; row < written.length; row += 1) {
        bindings.vector_assign_string_element_len(vector, row, written[row] as Uint8Array);
      }
    },
  };
}

const JSON_TEXT = new DuckDBVarCharType("JSON");

/** Registers a feed for all connections of the instance. `chunkEnd` says where a chunk that begins at `start` ends. */
export function createFeed<R>(
  connection: DuckDBConnection,
  name: string,
  columns: readonly FeedColumn<R>[],
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
        const start = position;
        const part = start < rows.length ? rows.slice(start, chunkEnd(rows, start)) : [];
        position += part.length;
        chunk.rowCount = part.length;
        if (part.length === 0) return;
        for (const [index, { write }] of columns.entries()) {
          write({ rows: part, start }, bindings.data_chunk_get_vector(chunk.chunk, index));
        }
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

/** Which rows of a vector are NULL: a bit a row, in words of 64, cleared where one is. */
class Nulls {
  readonly #words: number;
  #bits: Uint8Array<ArrayBuffer> | null = null;

  constructor(rows: number) {
    this.#words = Math.ceil(rows / 64);
  }

  add(row: number): void {
    const bits = (this.#bits ??= new Uint8Array(this.#words * 8).fill(0xff));
    const at = row >> 3;
    bits[at] = (bits[at] as number) & ~(1 << (row & 7));
  }

  writeTo(vector: Vector): void {
    if (this.#bits === null) return;
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, this.#bits.byteLength);
  }
}
