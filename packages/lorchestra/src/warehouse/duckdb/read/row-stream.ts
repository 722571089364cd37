import type { DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBResult } from "@duckdb/node-api";

/**
 * Runs a prepared statement in a transaction that can only read, and gives its chunks as they come. The connection is free
 * again after the last of them, and of no other use if they are not read to the end.
 *
 * The client tells no difference between a stream that has ended and one that has failed halfway
 * (duckdb_fetch_chunk answers NULL for both); but a failure aborts the transaction, which the next statement in it shows.
 * And a stream that nobody drains keeps the file locked after everything is closed, until it is garbage: whoever stops
 * early has it interrupted.
 */
export async function streamResult(
  connection: DuckDBConnection,
  statement: DuckDBPreparedStatement,
): Promise<ResultStream> {
  await connection.run("BEGIN TRANSACTION READ ONLY");
  const result = await statement.stream();
  return { result, chunks: readChunks(connection, result) };
}

/** A result whose first rows are there. Whoever does not read `chunks` to the end has to `abandon` the result. */
export interface ResultStream {
  readonly result: DuckDBResult;
  readonly chunks: AsyncGenerator<DuckDBDataChunk>;
}

async function* readChunks(connection: DuckDBConnection, result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  let isOver = false;
  try {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      yield chunk;
    }
    isOver = true;
  } finally {
    if (!isOver) await abandon(connection, result);
  }
  await connection.run("SELECT 1").catch(() => {
    throw new StreamBroken();
  });
  await connection.run("COMMIT");
}

/** Frees what a stream holds; harmless for one that has ended. */
export async function abandon(connection: DuckDBConnection, result: DuckDBResult): Promise<void> {
  connection.interrupt();
  await result.fetchChunk();
}

/** A result broke off after its first rows; DuckDB does not say why. */
export class StreamBroken extends Error {
  override readonly name = "StreamBroken";

  constructor() {
    super("the result broke off");
  }
}
