import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { collect, THINGS } from "../../../src/testing/warehouse-context.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { placeOfTest, type DuckdbPlace } from "../duckdb-places.js";
import { startChild, type Child } from "./child.js";

function start(place: DuckdbPlace, environment: Record<string, string> = {}): Child {
  const child = startChild("load-until-killed", place.directory, environment);
  onTestFinished(() => child.kill());
  return child;
}

/** Commit n holds 50 n objects as they were at that commit: rows and checkpoint agree, or a commit was torn. */
async function expectWhole(warehouse: Warehouse, atLeast: number): Promise<number> {
  const cursor = Number((await warehouse.readCheckpoint(THINGS))?.cursor ?? 0);
  expect(cursor).toBeGreaterThanOrEqual(atLeast);
  expect(await warehouse.countLive(THINGS)).toBe(cursor * 50);
  const { rows } = await warehouse.query(
    "SELECT count(*), count(DISTINCT idem_key), count(*) FILTER (payload->>'commit' = ?) FROM events_dev.raw_objects",
    { dialect: "native", parameters: [String(cursor)] },
  );
  expect(await collect(rows)).toEqual([[cursor * 50, cursor * 50, cursor * 50]]);
  return cursor;
}

describe("a killed process", () => {
  it("leaves whole commits behind, whenever it is killed, and the next goes on from there", async () => {
    const place = placeOfTest();
    let committed = 0;
    for (const commits of [0, 1, 2, 4, 7]) {
      const child = start(place);
      expect(await child.line()).toBe("open");
      for (let line = 0; line < commits; line += 1) committed = Number((await child.line()).split(" ")[1]);
      await child.kill();
      await using warehouse = await place.open();
      committed = await expectWhole(warehouse, committed);
    }
    expect(committed).toBeGreaterThanOrEqual(14);
  });

  it("leaves nothing of a commit that it was killed in", async () => {
    const place = placeOfTest();
    const child = start(place, { LORCHESTRA_FAILPOINT: "in-commit:3" });
    expect([await child.line(), await child.line(), await child.line()]).toEqual([
      "open",
      "committed 1",
      "committed 2",
    ]);
    await child.kill();
    await using warehouse = await place.open();
    expect(await expectWhole(warehouse, 2)).toBe(2);
  });

  it("leaves nothing of what was staged: no file, and no row", async () => {
    const place = placeOfTest();
    const child = start(place, { LORCHESTRA_FAILPOINT: "in-commit:2" });
    expect([await child.line(), await child.line()]).toEqual(["open", "committed 1"]);
    await child.kill();
    expect(readdirSync(place.directory).filter((name) => name.includes("staged"))).toEqual([]);
    await using warehouse = await place.open();
    expect(await expectWhole(warehouse, 1)).toBe(1);
  });

  it("leaves files that the next run takes away: one that was not whole yet, and one that still had a name", async () => {
    const place = placeOfTest();
    const child = start(place);
    expect([await child.line(), await child.line()]).toEqual(["open", "committed 1"]);
    await child.kill();
    for (const ending of ["new-4711", "staged-4711-0a1b2c3d4e5f"]) writeFileSync(`${place.path}.${ending}`, "");
    writeFileSync(`${place.path}.staged-notes`, "not ours");
    await using warehouse = await place.open();
    await expectWhole(warehouse, 1);
    await warehouse[Symbol.asyncDispose]();
    expect(readdirSync(place.directory)).toEqual(["test.duckdb", "test.duckdb.staged-notes"]);
  });

  it("leaves a log that a run which only reads takes into account, and changes no byte of", async () => {
    const place = placeOfTest();
    const child = start(place);
    expect([await child.line(), await child.line()]).toEqual(["open", "committed 1"]);
    await child.kill();
    expect(existsSync(`${place.path}.wal`)).toBe(true);
    const sums = (): string[] =>
      readdirSync(place.directory).map(
        (name) =>
          `${name} ${createHash("sha256")
            .update(readFileSync(`${place.directory}/${name}`))
            .digest("hex")}`,
      );
    const before = sums();
    await using warehouse = await place.open({ access: "read" });
    await expectWhole(warehouse, 1);
    await warehouse[Symbol.asyncDispose]();
    expect(sums()).toEqual(before);
  });
});
