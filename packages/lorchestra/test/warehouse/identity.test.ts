import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lorchestra-identity-"));
  await symlink("books.duckdb", join(directory, "link.duckdb"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function identityOf(url: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const [kind = ""] = url.split(":");
  const open = await WAREHOUSES[kind]?.load();
  if (!open) throw new Error(`no warehouse opens ${url}`);
  const options = { tablePrefix: "", access: "read", runId: "run_1", nowMs: () => 0 } as const;
  await using warehouse = await open({ url, directory, environment, settings: {} }, options);
  return warehouse.identity;
}

// What waits for a warehouse is kept under its identity: under another's it would be written there.
it.each([
  ["a file, and the same behind a link", "duckdb:./books.duckdb", {}, "duckdb:link.duckdb", {}],
  ["a default, and the same spelt out", "duckdb:", {}, "duckdb:./lorchestra.duckdb?schema=Events_Dev", {}],
  [
    "a project of the environment's, and the same in the address",
    "bigquery:",
    { GCP_PROJECT: "p" },
    "bigquery://p",
    {},
  ],
])("%s are one warehouse", async (_, url, environment, other, otherEnvironment) => {
  expect(await identityOf(url, environment)).toBe(await identityOf(other, otherEnvironment));
});

it.each([
  ["two schemas of a file", "duckdb:", {}, "duckdb:?schema=other", {}],
  ["two projects of the environment's", "bigquery:", { GCP_PROJECT: "p" }, "bigquery:", { GCP_PROJECT: "q" }],
  [
    "two datasets of the environment's",
    "bigquery://p",
    { EVENTS_BQ_DATASET: "d" },
    "bigquery://p",
    { EVENTS_BQ_DATASET: "e" },
  ],
  ["an emulator and Google", "bigquery://p/d", { BIGQUERY_EMULATOR_HOST: "127.0.0.1:9" }, "bigquery://p/d", {}],
])("%s are two warehouses", async (_, url, environment: object, other, otherEnvironment: object) => {
  const first = await identityOf(url, environment as Record<string, string>);
  expect(first).not.toBe(await identityOf(other, otherEnvironment as Record<string, string>));
});
