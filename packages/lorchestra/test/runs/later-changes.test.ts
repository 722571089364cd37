import { type RecordFacts, type Source, SourceError } from "injest";
import { expect, test } from "vitest";
import { type EventsLacking, laterChanges } from "../../src/runs/compare/later-changes.js";
import { openDiskSpill } from "../../src/spill/disk-spill.js";

const SINCE = Date.UTC(2026, 0, 1);
const at = (seconds: number): Date => new Date(SINCE + seconds * 1000);

const CURSOR = "the checkpoint's";

function eventsOf(events: { objectId: string; created: Date }[]) {
  const asked: Date[] = [];
  const source = {
    async *events({ since, stream, unreadBy }: Parameters<Source["events"]>[0]) {
      expect([stream, unreadBy]).toEqual(["things", CURSOR]);
      asked.push(since);
      for (const event of events)
        if (event.created >= since) yield { ...event, id: `evt_${event.objectId}`, type: "thing.updated" };
    },
  } as unknown as Source;
  return { source, asked };
}

const facts = { events: { lateSeconds: 100, keptSeconds: 86_400 } } as RecordFacts;
const later = (source: Source, onLacking = (_why: EventsLacking): void => undefined) =>
  laterChanges(
    { source, openSpill: openDiskSpill, signal: new AbortController().signal },
    { name: "things", facts },
    { cursor: CURSOR, watermark: at(0.7) },
    onLacking,
  );
const second = (seconds: number): number => SINCE / 1000 + seconds;

test("names what events name that the checkpoint's runs have not read, and asks only for what may have come since the last question", async () => {
  const events = [
    { objectId: "a", created: at(500) },
    { objectId: "b", created: at(0) },
    // Of the time before the last run, which it was told of too late.
    { objectId: "old", created: at(-1) },
  ];
  const { source, asked } = eventsOf(events);
  using changes = later(source);
  expect(changes?.since).toBe(second(0));
  expect(await changes?.named([], at(600))).toEqual(new Set());
  expect(asked).toEqual([]);
  expect(await changes?.named(["a", "b", "c", "old"], at(600))).toEqual(new Set(["a", "b", "old"]));
  // One shows late, one is new.
  events.push({ objectId: "late", created: at(450) }, { objectId: "c", created: at(501) });
  expect(await changes?.named(["c", "late"], at(600))).toEqual(new Set(["c", "late"]));
  expect(await changes?.named(["a", "b"], at(600))).toEqual(new Set(["a", "b"]));
  expect(asked).toEqual([new Date(0), at(400), at(401)]);
});

test("tells once that the events may not be read, and asks no more", async () => {
  let [asked, told] = [0, 0];
  const source = {
    // oxlint-disable-next-line require-yield
    async *events() {
      asked += 1;
      throw new SourceError("SOURCE_FORBIDDEN", "no", { hint: "" });
    },
  } as unknown as Source;
  using changes = later(source, (why) => (told += why === "forbidden" ? 1 : 0));
  expect(await changes?.named(["a"], at(600))).toEqual(new Set());
  expect(await changes?.named(["a"], at(600))).toEqual(new Set());
  expect([asked, told]).toEqual([1, 1]);
});

test.each([new SourceError("SOURCE_UNAVAILABLE", "not now", { hint: "" }), new TypeError("a defect")])(
  "ends with what else keeps the events from being read, and tells nobody that they are forbidden: %s",
  async (error) => {
    const source = {
      // oxlint-disable-next-line require-yield
      async *events() {
        throw error;
      },
    } as unknown as Source;
    using changes = later(source, () => expect.fail("they are not forbidden"));
    await expect(changes?.named(["a"], at(600))).rejects.toBe(error);
  },
);

test("tells once that the events do not reach back to the watermark, and names those that there are", async () => {
  const { source } = eventsOf([{ objectId: "a", created: at(86_000) }]);
  const told: string[] = [];
  using changes = later(source, (why) => told.push(why));
  await changes?.named(["a"], at(86_399));
  expect(told).toEqual([]);
  for (const seconds of [86_402, 86_403]) expect(await changes?.named(["a"], at(seconds))).toEqual(new Set(["a"]));
  expect(told).toEqual(["expired"]);
});

test("knows nothing of a stream that was never complete", () => {
  const { source } = eventsOf([]);
  const signal = new AbortController().signal;
  for (const checkpoint of [null, { cursor: CURSOR, watermark: null }]) {
    const context = { source, openSpill: openDiskSpill, signal };
    expect(laterChanges(context, { name: "things", facts }, checkpoint, () => undefined)).toBeNull();
  }
});
