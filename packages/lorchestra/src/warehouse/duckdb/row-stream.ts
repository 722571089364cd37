import type { DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement } from "@duckdb/node-api";

/**
 * Runs a prepared statement in a transaction that can only read, and yields its chunks as they come.
 *
 * The client tells no difference between a stream that has ended and one that has failed halfway
 * (duckdb_fetch_chunk answers NULL for both); but a failure aborts the transaction, which the next statement in it shows.
 * And a stream that nobody drains keeps the file locked after everything is closed, until it is garbage: whoever stops
 * early has it interrupted.
 */
export async function* streamChunks(
  connection: DuckDBConnection,
  statement: DuckDBPreparedStatement,
): AsyncGenerator<DuckDBDataChunk> {
  await connection.run("BEGIN TRANSACTION READ ONLY");
  let isOver = false;
  try {
    const result = await statement.stream();
    try {
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        yield chunk;
      }
      isOver = true;
    } finally {
      if (!isOver) {
        connection.interrupt();
        await result.fetchChunk();
      }
    }
    await connection.run("SELECT 1").catch(() => {
      throw new StreamBroken();
    });
  } finally {
    await connection.run("ROLLBACK");
  }
}

/** A result broke off after its first rows; DuckDB does not say why. */
export class StreamBroken extends Error {
  override readonly name = "StreamBroken";

  constructor() {
    super("the result broke off");
  }
}
