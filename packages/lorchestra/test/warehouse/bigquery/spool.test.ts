import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { upsert } from "../../../src/testing/changes.js";
import { failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { currentHolder } from "../../../src/warehouse/bigquery/lease/holder.js";
import { openSpool } from "../../../src/warehouse/bigquery/commit/spool.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace } from "../bigquery-places.js";

const bigQuery = await testBigQuery();

describe("the spool of a BigQuery load", () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "lorchestra-spool-"));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  it("keeps files that only their owner can read, and removes them", async () => {
    const spool = await openSpool(parent);
    const file = await spool.create();
    await file.append("{}\n", 3);
    await file.append(`${"x".repeat(2_000_000)}\n`, 2_000_001);
    await file.close();
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(file.path, ".."))).mode & 0o777).toBe(0o700);
    expect(await readFile(file.path, "utf8")).toHaveLength(2_000_004);
    expect(file.sizeBytes).toBe(2_000_004);
    await file.remove();
    await spool.remove();
    expect(await readdir(parent)).toEqual([]);
  });

  it("removes what dead processes have left, and nothing else", async () => {
    const alive = await openSpool(parent);
    const leave = async (name: string, owner: string) => {
      await mkdir(join(parent, name));
      await writeFile(join(parent, name, "owner.json"), owner);
    };
    await leave("lorchestra-bigquery-dead", JSON.stringify({ ...currentHolder(), started: "1" }));
    await leave(
      "lorchestra-bigquery-elsewhere",
      JSON.stringify({ ...currentHolder(), host: "elsewhere", started: "1" }),
    );
    await leave("lorchestra-bigquery-odd", "{");
    await leave("something-else", JSON.stringify({ ...currentHolder(), started: "1" }));
    await alive.create();
    const next = await openSpool(parent);
    await next.remove();
    const left = await readdir(parent);
    expect(left.filter((name) => !/bigquery-\w{6}$/.test(name)).toSorted()).toEqual([
      "lorchestra-bigquery-elsewhere",
      "lorchestra-bigquery-odd",
      "something-else",
    ]);
    expect(left).toHaveLength(4);
    await alive.remove();
  });

  it("says where there is no room to write", async () => {
    await writeFile(join(parent, "file"), "");
    await expect(openSpool(join(parent, "file"))).rejects.toMatchObject({ code: "WAREHOUSE_READ_ONLY" });
  });
});

describe.skipIf(bigQuery === null)("a BigQuery warehouse without a place for its spool", () => {
  if (bigQuery === null) return;
  afterEach(() => vi.unstubAllEnvs());

  it("loads what has no rows, refuses rows with the reason, and closes as it always does", async () => {
    const place = await newPlace(bigQuery, "spool");
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    try {
      vi.stubEnv("TMPDIR", import.meta.filename);
      await using warehouse = await place.open();
      await warehouse.prepare();
      await using load = await warehouse.beginLoad(THINGS, loadOptions());
      expect(await load.commit({ cursor: 1, runId: "run-1" })).toMatchObject({ staged: 0 });
      expect(unhandled).toEqual([]);
      await failure("WAREHOUSE_READ_ONLY", () => load.append([upsert("a")]));
    } finally {
      process.off("unhandledRejection", note);
      await place.remove();
    }
  });
});
