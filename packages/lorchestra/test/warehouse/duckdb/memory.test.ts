import type { DuckDBConnection } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { writingMemory } from "../../../src/warehouse/duckdb/file/memory.js";

const NOTHING = { largestBytes: 0, totalBytes: 0 };
/** As DuckDB tells it at the end of a transaction, with `errors_as_json` on. */
const TOO_LITTLE = new Error(
  '{"exception_type":"TransactionContext","exception_message":"Failed to commit: failed to pin block of size 256.0 KiB"}',
);

/** A connection that only keeps the limits that it was given. */
function recording(): { readonly connection: DuckDBConnection; readonly limits: string[] } {
  const limits: string[] = [];
  const run = async (sql: string): Promise<void> => void limits.push(/'(\d+)MB'/.exec(sql)?.[1] ?? sql);
  return { connection: { run } as unknown as DuckDBConnection, limits };
}

describe("the memory of a file that is written", () => {
  it("is low between tasks, and follows what a task writes", async () => {
    const { connection, limits } = recording();
    const memory = await writingMemory(connection, {});
    await memory.toWrite(NOTHING, async () => void limits.push("small"));
    await memory.toWrite({ largestBytes: 20e6, totalBytes: 30e6 }, async () => void limits.push("one large"));
    await memory.toWrite({ largestBytes: 100e3, totalBytes: 60e6 }, async () => void limits.push("many"));
    await memory.toCheckpoint(async () => void limits.push("checkpoint"));
    const low = limits[0];
    expect(limits.join(" ")).toBe(`${low} 48 small ${low} 160 one large ${low} 120 many ${low} 1024 checkpoint ${low}`);
  });

  it("is enough at the second try where it was not at the first, and then low again", async () => {
    const { connection, limits } = recording();
    const memory = await writingMemory(connection, {});
    let tries = 0;
    const task = async (): Promise<string> => {
      if (++tries === 1) throw TOO_LITTLE;
      return `after ${limits.at(-1)} MB`;
    };
    expect(await memory.toWrite(NOTHING, task)).toBe("after 1024 MB");
    expect(limits.at(-1)).toBe(limits[0]);
  });

  it("is not tried again for another failure, nor a third time", async () => {
    const { connection } = recording();
    const memory = await writingMemory(connection, {});
    for (const [error, most] of [
      [new Error("the disk is full"), 1],
      [TOO_LITTLE, 2],
    ] as const) {
      let tries = 0;
      const task = async (): Promise<never> => {
        tries += 1;
        throw error;
      };
      await expect(memory.toWrite(NOTHING, task)).rejects.toBe(error);
      expect(tries).toBe(most);
    }
  });

  it("stays as the settings have it", async () => {
    const { connection, limits } = recording();
    const memory = await writingMemory(connection, { memory_limit: "96MB" });
    await memory.toWrite({ largestBytes: 20e6, totalBytes: 30e6 }, async () => {});
    await memory.toRead();
    expect(limits).toEqual([]);
  });

  it("is larger once payloads are read back", async () => {
    const { connection, limits } = recording();
    const memory = await writingMemory(connection, {});
    await memory.toRead();
    await memory.toRead();
    await memory.toWrite(NOTHING, async () => {});
    expect(limits.slice(1)).toEqual(["256", "256", "256"]);
  });
});
