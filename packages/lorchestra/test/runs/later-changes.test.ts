import { type Source, SourceError } from "injest";
import { expect, test } from "vitest";
import { laterChanges } from "../../src/runs/later-changes.js";
import { openDiskSpill } from "../../src/spill/disk-spill.js";

const SINCE = Date.UTC(2026, 0, 1);
const at = (seconds: number): Date => new Date(SINCE + seconds * 1000);

function eventsOf(events: { objectId: string; created: Date }[]) {
  const asked: Date[] = [];
  const source = {
    async *events({ since, stream }: { since: Date; stream?: string }) {
      expect(stream).toBe("things");
      asked.push(since);
      for (const event of events)
        if (event.created >= since) yield { ...event, id: `evt_${event.objectId}`, type: "thing.updated" };
    },
  } as unknown as Source;
  return { source, asked };
}

const later = (source: Source, onForbidden = (): void => undefined) =>
  laterChanges(
    { source, openSpill: openDiskSpill, signal: new AbortController().signal },
    { name: "things" },
    at(0.7),
    onForbidden,
  );

test("names what events name since the watermark's second, and asks only for what came since the last question", async () => {
  const events = [
    { objectId: "a", created: at(500) },
    { objectId: "b", created: at(0) },
    { objectId: "old", created: at(-1) },
  ];
  const { source, asked } = eventsOf(events);
  using changes = later(source);
  expect(changes?.since).toBe(SINCE / 1000);
  expect(await changes?.named([])).toEqual(new Set());
  expect(asked).toEqual([]);
  expect(await changes?.named(["a", "b", "c", "old"])).toEqual(new Set(["a", "b"]));
  // One shows late, one is new.
  events.push({ objectId: "late", created: at(450) }, { objectId: "c", created: at(501) });
  expect(await changes?.named(["c", "late"])).toEqual(new Set(["c", "late"]));
  expect(await changes?.named(["a", "b"])).toEqual(new Set(["a", "b"]));
  expect(asked).toEqual([at(0), at(440), at(441)]);
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
  using changes = later(source, () => (told += 1));
  expect(await changes?.named(["a"])).toEqual(new Set());
  expect(await changes?.named(["a"])).toEqual(new Set());
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
    await expect(changes?.named(["a"])).rejects.toBe(error);
  },
);

test("knows nothing of a stream that was never complete", () => {
  const { source } = eventsOf([]);
  const signal = new AbortController().signal;
  expect(
    laterChanges({ source, openSpill: openDiskSpill, signal }, { name: "things" }, null, () => undefined),
  ).toBeNull();
});
