import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { currentHolder } from "../../../src/warehouse/bigquery/holder.js";
import { openSpool } from "../../../src/warehouse/bigquery/spool.js";

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
