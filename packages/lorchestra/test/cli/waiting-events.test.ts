import { symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, it } from "vitest";
import { type AccountRig, accountRig } from "../faults/account-rig.js";

const JOB = "stripe_ingest_customers";

async function execute({ directory }: AccountRig, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(directory, "lorchestra.duckdb"));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

it("events that a warehouse did not take go into no other one, although its address is the same, and into their own once it takes them", async () => {
  await using rig = await accountRig({}, 3);
  const address = join(rig.directory, "lorchestra.duckdb");
  const runs = async (): Promise<unknown> =>
    (await rig.rows("SELECT count(DISTINCT correlation_id), count(*) FROM events_dev.event_log"))[0];
  await symlink("one.duckdb", address);
  expect((await rig.run("run", JOB)).code).toBe(0);
  await execute(rig, "CREATE UNIQUE INDEX one_of_each ON events_dev.event_log (event_type)");
  const refused = await rig.run("run", JOB);
  expect(refused.code).toBe(0);
  expect(refused.stdout + refused.stderr).toContain("they wait in .lorchestra");

  await unlink(address);
  await symlink("other.duckdb", address);
  expect((await rig.run("run", JOB)).code).toBe(0);
  expect(await runs()).toEqual([1, 4]);

  await unlink(address);
  await symlink("one.duckdb", address);
  await execute(rig, "DROP INDEX events_dev.one_of_each");
  expect((await rig.run("run", JOB)).code).toBe(0);
  expect(await runs()).toEqual([3, 12]);
});
