import { describe, expect, it } from "vitest";
import type { Cursor, Stream } from "../../src/source.js";
import { Mirror, type MirrorRun } from "../../src/testing/index.js";
import { change, create, fill, remove } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;

/** 350 customers over a year, four pages, and a key that may not read events. */
async function startFilled(): Promise<{ rig: Rig; ids: string[]; apiKey: string }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const ids = fill(
    rig.sandbox,
    "customer",
    Array.from({ length: 350 }, (_, index) => now - DAY * (index + 2)),
  );
  return { rig, ids, apiKey: rig.sandbox.addKey(["customer_read", "accounts_kyc_basic_read"]) };
}

/** The same a day after the first load. */
async function startForbidden(): Promise<{ rig: Rig; mirror: Mirror; ids: string[]; apiKey: string }> {
  const { rig, ids, apiKey } = await startFilled();
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
  rig.clock.advance(DAY_MS);
  return { rig, mirror, ids, apiKey };
}

const noticesOf = ({ events }: MirrorRun): string[] =>
  events.flatMap((event) => (event.type === "notice" ? [event.code] : []));

describe("a key that may not read Stripe's events", () => {
  it("has everything listed again, so that changes, creations and deletions are seen, and says so", async () => {
    const { rig, mirror, ids, apiKey } = await startForbidden();
    change(rig.sandbox, "customers", ids[300] ?? "", false);
    change(rig.sandbox, "customers", ids[5] ?? "", false);
    remove(rig.sandbox, "customers", ids[200] ?? "", false);
    create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000), false);
    rig.clock.advance(120_000);
    const run = await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expectTruth(rig, mirror, "customer");
    expect(noticesOf(run)).toEqual(["FEED_FORBIDDEN"]);
    const notice = run.events.find((event) => event.type === "notice");
    expect(notice).toMatchObject({ message: expect.stringContaining("event_read") as string });
    expect(run.deletes).toEqual([ids[200]]);
  });

  it("costs one refused request a run beside the pages, once that is known", async () => {
    const { rig, mirror, apiKey } = await startForbidden();
    for (let day = 0; day < 3; day += 1) {
      rig.sandbox.requests.clear();
      await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
      rig.clock.advance(DAY_MS);
      const { endpoints } = rig.sandbox.requests;
      expect(endpoints["GET /v1/events"]).toMatchObject({ requests: 1, statuses: { 403: 1 } });
      // Four pages of objects; a guess or two of where they lie.
      if (day > 0) expect(endpoints["GET /v1/customers"]?.requests).toBeLessThanOrEqual(7);
    }
  });

  it("has everything listed once in a run, also where that takes longer than what is caught up with", async () => {
    const { rig, ids, apiKey } = await startFilled();
    const slowly = (): Stream<unknown> => {
      const stream = streamOf(rig.open({ apiKey }), "customers");
      return {
        ...stream,
        async *read(options) {
          for await (const batch of stream.read(options)) {
            rig.clock.advance(200_000);
            yield batch;
          }
        },
      };
    };
    const mirror = new Mirror();
    for (const notices of [[], ["FEED_FORBIDDEN"], ["FEED_FORBIDDEN"]]) {
      rig.sandbox.requests.clear();
      const run = await runInto(rig, mirror, slowly());
      expect(noticesOf(run)).toEqual(notices);
      expect([...run.upserts.values()]).toEqual(ids.map(() => 1));
      expectTruth(rig, mirror, "customer");
      rig.clock.advance(DAY_MS);
      change(rig.sandbox, "customers", ids[300] ?? "", false);
    }
  });

  it("goes on with the change feed as soon as it may, from where the last listing stood", async () => {
    const { rig, mirror, ids, apiKey } = await startForbidden();
    await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    rig.clock.advance(DAY_MS);
    change(rig.sandbox, "customers", ids[340] ?? "");
    rig.clock.advance(120_000);
    rig.sandbox.grantPermission(apiKey, "event_read");
    const run = await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expect(noticesOf(run)).toEqual([]);
    expect(run.upserts.get(ids[340] ?? "")).toBe(1);
    expect(run.upserts.size).toBeLessThan(110);
    expectTruth(rig, mirror, "customer");
    expect(mirror.cursor).toMatchObject({ feed: { from: Math.floor(rig.clock.now() / 1000) - 60 } });
  });

  it("has of a large stream the last 90 days listed again, and older objects within the sweep's days, deletions too", async () => {
    const { rig, mirror, ids, apiKey } = await startForbidden();
    const largely = (): Cursor => ({ ...(mirror.cursor as Record<string, Cursor>), objects: 60_000 });
    const [recent, old, oldest] = [40, 200, 349].map((index) => ids[index] ?? "") as [string, string, string];
    const [goneRecently, goneLongAgo] = [80, 300].map((index) => ids[index] ?? "") as [string, string];
    for (const id of [recent, old, oldest]) change(rig.sandbox, "customers", id, false);
    for (const id of [goneRecently, goneLongAgo]) remove(rig.sandbox, "customers", id, false);
    const made = create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000), false);
    rig.clock.advance(120_000);
    mirror.cursor = largely();
    const first = await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    const notice = first.events.find((event) => event.type === "notice");
    expect(notice).toMatchObject({ code: "FEED_FORBIDDEN", message: expect.stringContaining("90 days") as string });
    expect([made, recent, old].map((id) => first.upserts.get(id))).toEqual([1, 1, undefined]);
    expect(first.deletes).toEqual([goneRecently]);
    rig.sandbox.requests.clear();
    for (let day = 2; day <= 29; day += 1) {
      rig.clock.advance(DAY_MS);
      await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    }
    expectTruth(rig, mirror, "customer");
    // The refused feed, the newest, and the sweep's part, each in one page.
    expect(rig.sandbox.requests.count / 28).toBeLessThan(4);
  });

  it("has of a large stream also listed what was created in a longer pause than 90 days", async () => {
    const { rig, mirror, apiKey } = await startForbidden();
    rig.clock.advance(DAY_MS);
    const made = create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000), false);
    rig.clock.advance(120 * DAY_MS);
    mirror.cursor = { ...(mirror.cursor as Record<string, Cursor>), objects: 60_000 };
    const source = rig.open({ apiKey, sweepDays: 4_000 });
    const { events, upserts } = await runInto(rig, mirror, streamOf(source, "customers"));
    expect(upserts.get(made)).toBe(1);
    const notice = events.find(({ type }) => type === "notice");
    expect(notice).toMatchObject({ message: expect.stringContaining("in the last 123 days") as string });
  });

  it("that loses the permission falls back within the same run", async () => {
    const { rig, mirror, ids, apiKey } = await startForbidden();
    rig.sandbox.grantPermission(apiKey, "event_read");
    await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    rig.clock.advance(DAY_MS);
    rig.sandbox.removePermission(apiKey, "event_read");
    change(rig.sandbox, "customers", ids[340] ?? "", false);
    const run = await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expect(noticesOf(run)).toEqual(["FEED_FORBIDDEN"]);
    expectTruth(rig, mirror, "customer");
  });
});

describe("another API version", () => {
  it("has everything read again, says so, and is remembered", async () => {
    const { rig, mirror } = await startForbidden();
    const apiVersion = "2025-03-31.basil";
    const run = await runInto(rig, mirror, streamOf(rig.open({ apiVersion }), "customers"));
    expect(noticesOf(run)).toEqual(["API_VERSION_CHANGED"]);
    expect(run.upserts.size).toBe(350);
    expect(mirror.cursor).toMatchObject({ api_version: apiVersion });
    expectTruth(rig, mirror, "customer");
    const versions = new Set([...rig.sandbox.requests.records].slice(-4).map(({ version }) => version));
    expect(versions).toEqual(new Set([apiVersion]));
    rig.clock.advance(DAY_MS);
    const next = await runInto(rig, mirror, streamOf(rig.open({ apiVersion }), "customers"));
    expect(noticesOf(next)).toEqual([]);
    expect(next.upserts.size).toBeLessThan(110);
  });

  it("finds what was deleted meanwhile, too", async () => {
    const { rig, mirror, ids } = await startForbidden();
    remove(rig.sandbox, "customers", ids[123] ?? "", false);
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open({ apiVersion: "2025-03-31.basil" }), "customers"));
    expect(deletes).toEqual([ids[123]]);
  });
});
