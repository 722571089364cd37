import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAddress } from "../../../src/warehouse/duckdb/address.js";
import { COMMIT_AFTER } from "../../../src/warehouse/duckdb/commit/commit-size.js";
import { createMutex } from "../../../src/warehouse/duckdb/commit/mutex.js";
import { restrictUmask } from "../../../src/warehouse/duckdb/file/restrict-umask.js";
import { createSpool } from "../../../src/warehouse/duckdb/commit/spool.js";

describe("an address", () => {
  const parse = (url: string) => parseAddress({ url, directory: "/home/me/project", environment: {}, settings: {} });

  it("names a file relative to where it was written, and the schema", () => {
    expect(parse("duckdb:./a/b.duckdb")).toEqual({
      path: "/home/me/project/a/b.duckdb",
      name: "./a/b.duckdb",
      realName: "./a/b.duckdb",
      schema: "events_dev",
    });
    expect(parse("duckdb:/var/x.duckdb?schema=other").schema).toBe("other");
    expect(parse("duckdb:/var/x.duckdb?schema=other").path).toBe("/var/x.duckdb");
    expect(parse("duckdb:").path).toBe("/home/me/project/lorchestra.duckdb");
    expect(parse("duckdb:it's a file.duckdb").path).toBe("/home/me/project/it's a file.duckdb");
  });

  for (const url of [
    "duckdb::memory:",
    "duckdb:dir/",
    "duckdb:x?schema=a b",
    "duckdb:x?schema=",
    "duckdb:x?mode=fast",
  ]) {
    it(`is refused: ${url}`, () => {
      expect(() => parse(url)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }) as Error);
    });
  }
});

describe("a spool", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "spool-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("gives back texts of any length, in any order, and has no name", () => {
    const spool = createSpool(join(directory, "staged"));
    const texts = ["a", "", "ü🦆", "x".repeat(300_000), "y", '{"n":"\\u0000"}', "🦆".repeat(200_000), "z"];
    const places = texts.map((text) => spool.write(Buffer.from(text)));
    const read = (of: typeof places): string[] => spool.read(of).map((text) => Buffer.from(text).toString());
    expect(readdirSync(directory)).toEqual([]);
    expect(read(places)).toEqual(texts);
    expect(read(places.toReversed())).toEqual(texts.toReversed());
    spool.clear();
    const again = spool.write(Buffer.from("after"));
    expect(again.offset).toBe(0);
    expect(read([again])).toEqual(["after"]);
    spool.close();
  });

  it("makes no file when nothing is written", () => {
    const spool = createSpool(join(directory, "missing", "staged"));
    spool.clear();
    spool.close();
    expect(existsSync(join(directory, "missing"))).toBe(false);
  });
});

describe("the size of a commit", () => {
  it("fills two row groups with the page that makes it due, and fits into memory", () => {
    expect(COMMIT_AFTER.rows + 100).toBe(2 * 8192);
    expect(COMMIT_AFTER.sizeBytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(COMMIT_AFTER.elapsedMs).toBe(20_000);
  });
});

describe("a mutex", () => {
  it("runs tasks one at a time and in order, also after one that failed", async () => {
    const mutex = createMutex();
    const seen: string[] = [];
    const task = (name: string, fails: boolean) =>
      mutex.run(async () => {
        seen.push(`${name} begins`);
        await Promise.resolve();
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([task("a", false), task("b", true), task("c", false)]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});

describe("the umask", () => {
  it("is restricted as long as one of several needs it, and then as it was", () => {
    const before = process.umask(0o022);
    try {
      const liftA = restrictUmask();
      const liftB = restrictUmask();
      liftA();
      liftA();
      expect(process.umask()).toBe(0o077);
      liftB();
      expect(process.umask()).toBe(0o022);
    } finally {
      process.umask(before);
    }
  });
});
