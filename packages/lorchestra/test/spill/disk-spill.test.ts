import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSpillIn } from "../../src/spill/disk-spill.js";
import { LEVELS, PARTITIONS, partitionOf, type Spill } from "../../src/spill/spill.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spill-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const textsOf = (spill: Spill, partition: number): string[] =>
  [...spill.entries(partition)].map((bytes) => Buffer.from(bytes).toString());

describe("a spill", () => {
  test("gives back every entry, in its key's partition, in the order in which they came", () => {
    using spill = openSpillIn(directory, 0);
    const added: string[][] = Array.from({ length: PARTITIONS }, () => []);
    // Of some partitions several blocks, of others none that is complete.
    for (let n = 0; n < 30_000; n += 1) {
      const key = n % 3 === 0 ? `often_${n % 5}` : `id_${n}`;
      const entry = `${n} ${"x".repeat(n % 700)}`;
      spill.add(key, Buffer.from(entry));
      added[partitionOf(key, 0)]?.push(entry);
    }
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      expect(textsOf(spill, partition)).toEqual(added[partition]);
      expect(spill.sizeOf(partition)).toBe(added[partition]?.reduce((sum, entry) => sum + entry.length, 0));
    }
    // Once more, and what came meanwhile after it.
    spill.add("often_1", Buffer.from("last"));
    expect(textsOf(spill, partitionOf("often_1", 0)).at(-1)).toBe("last");
  });

  test("holds entries that are larger than a block, and empty ones", () => {
    using spill = openSpillIn(directory, 0);
    const entries = ["", "a".repeat(1_000_000), "b", "", "c".repeat(200_000)];
    for (const entry of entries) spill.add("key", Buffer.from(entry));
    expect(textsOf(spill, partitionOf("key", 0))).toEqual(entries);
  });

  test("leaves nothing where others could find it, not even while it is open", () => {
    using spill = openSpillIn(directory, 0);
    spill.add("key", Buffer.alloc(300_000));
    spill.add("key", Buffer.alloc(300_000));
    expect(readdirSync(directory)).toEqual([]);
  });

  test("writes nothing as long as it is small", () => {
    using spill = openSpillIn(join(directory, "missing"), 0);
    for (let n = 0; n < 1_000; n += 1) spill.add(`id_${n}`, Buffer.alloc(100));
    expect([...spill.entries(partitionOf("id_7", 0))].length).toBeGreaterThan(1);
  });

  test("says where it may not write, and what to do", () => {
    using spill = openSpillIn(join(directory, "missing"), 0);
    const fill = (): void => {
      for (let n = 0; n < 3; n += 1) spill.add("key", Buffer.alloc(100_000));
    };
    expect(fill).toThrow(
      expect.objectContaining({ code: "WAREHOUSE_READ_ONLY", hint: expect.stringContaining("TMPDIR") }),
    );
  });

  test("says when there is no more room, and leaves nothing", () => {
    const script = fileURLToPath(new URL("fill-spill.js", import.meta.url));
    const shell = `ulimit -f 4000; exec "${process.execPath}" "${script}" "${directory}"`;
    expect(spawnSync("/bin/sh", ["-c", shell], { encoding: "utf8" }).stdout).toBe("WAREHOUSE_FULL\n");
    expect(readdirSync(directory)).toEqual([]);
  });

  test("parts a partition again at the next level, down to single keys", () => {
    const together = Array.from({ length: 200_000 }, (_, n) => `id_${n}`).filter((key) => partitionOf(key, 0) === 3);
    expect(new Set(together.map((key) => partitionOf(key, 1))).size).toBe(PARTITIONS);
    const paths = together.map((key) => Array.from({ length: LEVELS }, (_, level) => partitionOf(key, level)).join());
    expect(new Set(paths).size).toBe(together.length);
  });
});
