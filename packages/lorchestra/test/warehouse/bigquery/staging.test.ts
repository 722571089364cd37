import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { THINGS } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/bigquery/address.js";
import { ApiError } from "../../../src/warehouse/bigquery/api/api-error.js";
import type { Api } from "../../../src/warehouse/bigquery/api/api.js";
import { createDataset } from "../../../src/warehouse/bigquery/dataset.js";
import type { Jobs } from "../../../src/warehouse/bigquery/api/jobs.js";
import { openSpool } from "../../../src/warehouse/bigquery/commit/spool.js";
import { createStaging, type Staging, type StagingOptions } from "../../../src/warehouse/bigquery/commit/staging.js";
import type { Statements } from "../../../src/warehouse/bigquery/api/statements.js";

const place = parseAddress({ url: "bigquery://my-project/d", directory: "/", environment: {}, settings: {} });
const MB = 1024 * 1024;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lorchestra-staging-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const apiOf = (seen: (json: unknown) => void, { serverNowMs = Date.now(), answer = {} } = {}): Api => ({
  call: async <T>({ json }: { json?: unknown }) => {
    seen(json);
    return answer as T;
  },
  callWithClock: async () => ({ body: { rows: [] }, serverNowMs }),
});

/** A staging table whose loads run so, on a clock that the test moves. */
function stagingOf(run: (filePath: string) => Promise<void>, nowMs = (): number => 0): Staging {
  const jobs = {
    run: async ({ filePath }: { filePath: string }) => {
      await run(filePath);
      return { status: { state: "DONE" } };
    },
  } as unknown as Jobs;
  const options: StagingOptions = {
    dataset: createDataset(
      apiOf(() => undefined),
      place,
      "",
    ),
    jobs,
    statements: {} as Statements,
    pace: { nowMs, sleep: async () => undefined, random: () => 0 },
    place,
    spool: () => openSpool(directory),
    scope: THINGS,
    runId: "run_1",
    name: "staging_1",
    signal: new AbortController().signal,
  };
  return createStaging(options);
}

const LINE = { text: `${"x".repeat(MB - 1)}\n`, sizeBytes: MB, isQuarantined: false };

/** Sizes of the files that are loaded where a line of 1 MB comes each so many ms. */
async function loadedSizes(lines: number, everyMs: number): Promise<number[]> {
  let nowMs = 0;
  const sizes: number[] = [];
  const staging = stagingOf(
    async (filePath) => void sizes.push((await stat(filePath)).size / MB),
    () => nowMs,
  );
  for (let line = 0; line < lines; line += 1) {
    await staging.write(LINE);
    nowMs += everyMs;
  }
  await staging.complete();
  await staging.drop();
  return sizes;
}

const filesLeft = async (): Promise<string[]> =>
  (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".ndjson"));

it("two files are loaded at a time, and none is left of those that were", async () => {
  const held: (() => void)[] = [];
  let isHeld = true;
  let nowMs = 0;
  const run = (): Promise<void> => new Promise((end) => (isHeld ? held.push(end) : end()));
  const staging = stagingOf(run, () => (nowMs += 10_000));
  const written: number[] = [];
  const all = (async () => {
    for (let line = 1; line <= 64; line += 1) written.push(await staging.write(LINE).then(() => line));
    await staging.complete();
  })();
  // With the 48th the third file is full.
  while (written.length < 47) await turns(1);
  await turns(500);
  expect([written.length, held.length]).toEqual([47, 2]);
  isHeld = false;
  for (const end of held) end();
  await all;
  expect(await filesLeft()).toEqual([]);
});

it("the first load that fails is what a load fails with, and no file is left of it once it is dropped", async () => {
  const held: ((reason: ApiError) => void)[] = [];
  const run = (): Promise<void> => new Promise((_, fail) => held.push(fail));
  let nowMs = 0;
  const staging = stagingOf(run, () => (nowMs += 10_000));
  for (let line = 0; line < 32; line += 1) await staging.write(LINE);
  while (held.length < 2) await turns(1);
  for (const [index, fail] of held.entries()) {
    fail(new ApiError(index === 0 ? "quotaExceeded" : "accessDenied", "no"));
    await turns(1);
  }
  await expect(staging.write(LINE)).rejects.toMatchObject({ code: "WAREHOUSE_QUOTA" });
  await expect(staging.complete()).rejects.toMatchObject({ code: "WAREHOUSE_QUOTA" });
  await staging.drop();
  expect(await filesLeft()).toEqual([]);
});

it("a table is dropped once what is on its way into it has ended", async () => {
  const order: string[] = [];
  let end = (): void => undefined;
  const staging = stagingOf(() => new Promise((resolve) => (end = resolve)));
  for (let line = 0; line < 16; line += 1) await staging.write(LINE);
  const dropped = staging.drop().then(() => order.push("dropped"));
  await turns(5_000);
  order.push("loaded");
  end();
  await dropped;
  expect(order).toEqual(["loaded", "dropped"]);
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

it("rows are loaded in files of 16 MB, and in larger ones where more than five of them would come in ten seconds", async () => {
  expect(await loadedSizes(40, 200)).toEqual([16, 16, 8]);
  // 50 MB in a second: the second file waits until 2.5 s are over.
  expect(await loadedSizes(160, 20)).toEqual([16, 125, 19]);
});

it("a staging table expires by BigQuery's clock, whatever this machine's says", async () => {
  const made: { expirationTime?: string }[] = [];
  const serverNowMs = Date.now() + 100 * 3_600_000;
  const dataset = createDataset(
    apiOf((json) => made.push(json as object), { serverNowMs }),
    place,
    "",
  );
  await dataset.rows("leases");
  await dataset.createStaging("staging_1", [], 6 * 3_600_000);
  const livesMs = Number(made.at(-1)?.expirationTime) - serverNowMs;
  expect(livesMs).toBeGreaterThan(5 * 3_600_000);
  expect(livesMs).toBeLessThan(7 * 3_600_000);
});

it("a stream's staging tables are told from those of other streams, of --test-table, and of other tools", async () => {
  const names = [
    "staging_a_1",
    "staging_a_2",
    "staging_ab_1",
    "staging_b_1",
    "test_staging_a_1",
    "stagings",
    "raw_objects",
  ];
  const answer = { tables: names.map((tableId) => ({ tableReference: { tableId } })) };
  const named = (prefix: "" | "test_") =>
    createDataset(
      apiOf(() => undefined, { answer }),
      place,
      prefix,
    ).tablesNamed("staging_a_");
  expect(await named("")).toEqual(["staging_a_1", "staging_a_2"]);
  expect(await named("test_")).toEqual(["test_staging_a_1"]);
});
