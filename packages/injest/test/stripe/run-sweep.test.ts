import { describe, expect, it } from "vitest";
import type { Cursor } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { change, create, fill, remove } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;

interface Swept {
  readonly sweep: { readonly rest: readonly [from: number | null, until: number | null, ...unknown[]] | null };
  readonly [field: string]: unknown;
}

/** A thousand customers, one a day, and runs until the sweep has come to the oldest 130 or fewer. */
async function startNearTheEnd(objects: number): Promise<{ rig: Rig; mirror: Mirror; ids: string[] }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const seconds = Array.from({ length: 1_000 }, (_, index) => now - 2 * DAY - index * DAY);
  const ids = fill(rig.sandbox, "customer", seconds);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  mirror.cursor = { ...(mirror.cursor as Record<string, Cursor>), objects };
  const isNearTheEnd = (): boolean =>
    ((mirror.cursor as unknown as Swept).sweep.rest?.[1] ?? Infinity) < now - 870 * DAY;
  for (let day = 1; !isNearTheEnd(); day += 1) {
    expect(day).toBeLessThan(30);
    rig.clock.advance(DAY_MS);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  }
  return { rig, mirror, ids };
}

describe.each([
  ["a small account", 1_000],
  // That large: it is swept by time.
  ["a large account", 25_000],
])("a pause of twelve days at the end of the sweep's round, in %s,", (_, objects) => {
  it("is made up for by the run after it, which lists what is due and no more", async () => {
    const { rig, mirror, ids } = await startNearTheEnd(objects);
    rig.clock.advance(6 * DAY_MS);
    // Two thirds are due: what is left of this round, and of the next one the newest.
    for (const index of [990, 520, 400, 120, 10]) change(rig.sandbox, "customers", ids[index] ?? "", false);
    remove(rig.sandbox, "customers", ids[300] ?? "", false);
    create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000), false);
    rig.clock.advance(6 * DAY_MS);
    rig.sandbox.requests.clear();
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
    expect(deletes).toEqual([ids[300]]);
    // As a page holds more than is due, or a guess does.
    expect(rig.sandbox.requests.endpoints["GET /v1/customers"]?.items).toBeLessThan(670 + 100);
  });
});

it("an invoice with more lines than a list shows is completed again by the sweep where the list shows a change, and only there", async () => {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  // Of each twenty, the first has 25 lines.
  const ids = fill(
    rig.sandbox,
    "invoice",
    Array.from({ length: 60 }, (_, index) => now - 2 * DAY - index * DAY),
  );
  const mirror = new Mirror();
  const { listedHashes } = mirror;
  const run = () => runInto(rig, mirror, streamOf(rig.open({ sweepDays: 1 }), "invoices"), { listedHashes });
  await run();
  rig.clock.advance(DAY_MS);
  change(rig.sandbox, "invoices", ids[20] ?? "", false);
  rig.sandbox.requests.clear();
  const { deletes } = await run();
  expectTruth(rig, mirror, "invoice");
  expect(deletes).toEqual([]);
  expect(rig.sandbox.requests.endpoints["GET /v1/invoices/{id}/lines"]?.requests).toBe(1);
});

it("counts what was created since the last run also where a window's run has stored it meanwhile", async () => {
  const rig = await startRig();
  const mirror = new Mirror();
  const { listedHashes } = mirror;
  const run = (options = {}) => runInto(rig, mirror, streamOf(rig.open(), "invoices"), { listedHashes, ...options });
  const createdToday = (): number => Math.floor(rig.clock.now() / 1000) - 3600;
  fill(rig.sandbox, "invoice", [createdToday()]);
  await run();
  for (const day of [1, 2, 3]) {
    rig.clock.advance(DAY_MS);
    create(rig.sandbox, "invoices", createdToday());
    await run({ window: { since: new Date(rig.clock.now() - DAY_MS) } });
    await run();
    expect(mirror.cursor).toMatchObject({ objects: 1 + day });
  }
});
