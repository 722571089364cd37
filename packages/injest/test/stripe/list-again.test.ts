import { expect, it } from "vitest";
import type { Batch, Upsert } from "../../src/source.js";
import type { StripeCursor } from "../../src/stripe/cursor.js";
import { emitList, newTally, type StartedList } from "../../src/stripe/sweep/list-again.js";
import type { ReadSession } from "../../src/stripe/read-session.js";

const upsert = (id: string, created: number) => ({ op: "upsert", id, created }) as Upsert<unknown>;

/** A list of one page, which was asked for at second 1,000 of Stripe's clock. */
async function emitted(changes: Upsert<unknown>[], feed: Map<string, { changedAt: number }>, until?: number) {
  const session = {
    count: () => undefined,
    client: { serverClock: { earliestAt: () => 1_000_000, ownAt: () => 1_000_000 } },
    batch: (...[passedOn, listed]: Parameters<ReadSession["batch"]>) => ({ changes: passedOn, listed, cursor: null }),
  } as unknown as ReadSession;
  const page = {
    value: { changes, present: [], sentMs: 0 },
    listed: [{ range: { from: 0, until: 500 }, alsoPresent: [] }],
    items: changes,
    isComplete: true,
    remaining: 0,
  };
  const pages = (async function* () {
    yield page;
    return [];
  })() as unknown as StartedList["pages"];
  const started = { first: pages.next(), pages } as StartedList;
  const batches: Batch<unknown>[] = [];
  const state = { listedUntil: 500 } as StripeCursor;
  const objects = feed as unknown as Parameters<typeof emitList>[2];
  for await (const batch of emitList(
    session,
    state,
    objects,
    started,
    newTally(() => 1_000),
    until,
  ))
    batches.push(batch);
  return batches.map((batch) => ({
    changes: batch.changes.map(({ id }) => id),
    alsoPresent: batch.listed.flatMap(({ alsoPresent }) => alsoPresent),
  }));
}

it("holds back what an event has changed since, and says that it is there", async () => {
  const feed = new Map([
    ["changed", { changedAt: 999 }],
    ["before", { changedAt: 900 }],
  ]);
  const changes = [upsert("changed", 30), upsert("before", 20), upsert("other", 10)];
  expect(await emitted(changes, feed)).toEqual([{ changes: ["before", "other"], alsoPresent: ["changed"] }]);
  expect([...feed.keys()]).toEqual(["changed"]);
});

it("holds back what another list shows, and says that it is there", async () => {
  const changes = [upsert("newest", 101), upsert("at the bound", 100), upsert("older", 99)];
  expect(await emitted(changes, new Map(), 100)).toEqual([
    { changes: ["older"], alsoPresent: ["newest", "at the bound"] },
  ]);
});
