import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from "@duckdb/node-api";
import type { JsonValue } from "injest";
import { LorchestraError } from "../../../errors.js";
import type { SqlType } from "../../../sql/emit/sql-type.js";
import type { Translation } from "../../../sql/translate.js";
import type { QueryOptions, QueryResult } from "../../warehouse.js";
import { StatementType } from "../api.js";
import type { Database } from "../file/database.js";
import { CATALOG, quoteName, type TableNames } from "../names.js";
import { queryError } from "./query-error.js";
import { renderValue } from "./render-value.js";
import { abandon, streamResult, type ResultStream } from "./row-stream.js";

/** Runs what people ask, each query on a connection of its own that can only read. */
export interface Queries {
  run(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** Ends the queries whose rows were not read to their end. */
  close(): Promise<void>;
}

/** `schemaIsThere` says whether tables can be named without their schema. */
export function createQueries(database: Database, names: TableNames, schemaIsThere: () => boolean): Queries {
  const open = new Set<() => Promise<void>>();

  async function connect(): Promise<DuckDBConnection> {
    const connection = await database.connect();
    await connection.run(`USE ${schemaIsThere() ? names.quotedSchema : quoteName(CATALOG)}`);
    return connection;
  }

  async function run(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    const { dialect = "bigquery", parameters = [], signal } = options;
    signal?.throwIfAborted();
    const { text, macros, typesOf, placed } = dialect === "native" ? asItIs(sql) : await translate(sql, names.schema);
    const connection = await connect();
    const abort = (): void => connection.interrupt();
    signal?.addEventListener("abort", abort);
    let stream: ResultStream | null = null;
    const stop = async (): Promise<void> => {
      if (!open.delete(stop)) return;
      signal?.removeEventListener("abort", abort);
      // A stream that nobody drains would keep the file locked.
      if (stream !== null) await abandon(connection, stream.result);
      connection.disconnectSync();
    };
    open.add(stop);
    try {
      for (const macro of macros) await connection.run(macro);
      const statement = await prepare(connection, text);
      if (parameters.length > 0) statement.bind([...parameters]);
      stream = await streamResult(connection, statement);
      const columns = columnsOf(stream.result);
      const types = typesOf(columns.map(({ name }) => name));
      return { columns, rows: readRows(stream, types, stop, signal) };
    } catch (error) {
      await stop();
      signal?.throwIfAborted();
      throw placed(queryError(error, database.place, names));
    }
  }

  async function* readRows(
    { chunks }: ResultStream,
    types: readonly SqlType[],
    stop: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly JsonValue[]> {
    try {
      for await (const chunk of chunks) {
        for (const row of chunk.getRows()) yield row.map((value, index) => renderValue(value, types[index]));
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw queryError(error, database.place, names);
    } finally {
      await stop();
    }
  }

  return {
    run,
    close: async () => {
      await Promise.all([...open].map((stop) => stop()));
    },
  };
}

function columnsOf(result: DuckDBResult): QueryResult["columns"] {
  const names = result.columnNames();
  return result.columnTypes().map((type, index) => ({ name: names[index] ?? "", type: type.toString() }));
}

interface Runnable {
  readonly text: string;
  readonly macros: readonly string[];
  readonly typesOf: Translation["typesOf"];
  /** The error with a place in the text that was asked, where DuckDB told of the one that was made of it. */
  placed(error: LorchestraError): LorchestraError;
}

function asItIs(text: string): Runnable {
  return { text, macros: [], typesOf: () => [], placed: (error) => error };
}

/** All are loaded only when somebody asks. */
async function translate(sql: string, defaultDataset: string): Promise<Runnable> {
  const [{ translateBigQuery }, { QUERY_MACROS }, { withPlaceOfName }] = await Promise.all([
    import("../../../sql/translate.js"),
    import("../../../sql/macros.js"),
    import("../../../sql/unknown-name.js"),
  ]);
  const { sql: text, typesOf } = await translateBigQuery(sql, { defaultDataset });
  return { text, macros: QUERY_MACROS, typesOf, placed: (error) => withPlaceOfName(error, sql) };
}

/** Prepares a single query; its type, as DuckDB's parser has it, decides whether it is one. */
async function prepare(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw notAQuery("there must be one statement");
  const statement = await statements.prepare(0);
  if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN) {
    statement.destroySync();
    throw notAQuery("only queries can be run");
  }
  return statement;
}

function notAQuery(problem: string): LorchestraError {
  return new LorchestraError("SQL_UNSUPPORTED", `${problem}: SELECT, WITH or EXPLAIN`, {
    hint: "change data with DuckDB's own shell, on a copy of the file",
  });
}
