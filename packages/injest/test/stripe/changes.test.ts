import type { Sandbox } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { STREAMS } from "../../src/stripe/catalog.js";
import { eventListing } from "../../src/stripe/feed/change-feed.js";
import { Mirror } from "../../src/testing/index.js";
import { change, create, fill, remove } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;
type Feed = Parameters<Sandbox["events"]["configure"]>[0];

/** Customers over years: one in some seconds, and in others many. */
async function startMirrored(count = 300): Promise<{ rig: Rig; mirror: Mirror; ids: string[] }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const seconds = Array.from({ length: count }, (_, index) => now - 2 * DAY - DAY * (index - (index % 3)));
  const ids = fill(rig.sandbox, "customer", seconds);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  rig.clock.advance(DAY_MS);
  return { rig, mirror, ids };
}

/** Hours with changes of every kind, and a run two minutes after these: events may be still to come then. */
async function live(rig: Rig, mirror: Mirror, ids: readonly string[], hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour += 1) {
    rig.clock.advance(3_480_000);
    // Several events of one object in a second, the last of which counts.
    for (const id of ids.filter((each, index) => index % 37 === hour && rig.sandbox.find("customer", each))) {
      for (let times = 0; times < 3; times += 1) change(rig.sandbox, "customers", id);
    }
    remove(rig.sandbox, "customers", ids[(hour * 13 + 5) % ids.length] ?? "");
    create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000));
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  }
}

const FEEDS: readonly (readonly [string, Feed])[] = [
  ["late by up to a minute", { lagMs: 60_000, seed: 1 }],
  ["late by up to a quarter of an hour", { lagMs: 15 * 60_000, seed: 2 }],
  ["sent twice", { duplicates: 1 }],
  ["in no order", { disorderMs: 60_000, seed: 3 }],
  ["all of that at once", { lagMs: 60_000, duplicates: 0.5, disorderMs: 30_000, seed: 4 }],
];

it.each(STREAMS)("a listing of the events of $name names no more types than Stripe takes", (spec) => {
  expect(eventListing(spec).parameters.length).toBeLessThanOrEqual(20);
});

describe("Stripe events that are", () => {
  it.each(FEEDS)("%s change nothing of the result", async (_, feed) => {
    // More than the sweep comes to: only events tell of what changes.
    const { rig, mirror, ids } = await startMirrored(1_200);
    rig.sandbox.events.configure(feed);
    await live(rig, mirror, ids, 6);
    // The last hour's events have all arrived by then.
    rig.clock.advance(3_600_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
  });

  it.each([
    ["a credit note", "invoices", "credit_note.created", (invoice: string) => ({ object: "credit_note", invoice })],
    ["a discount", "customers", "customer.discount.created", (customer: string) => ({ object: "discount", customer })],
  ] as const)("are of %s have the object read again that it names", async (_, name, event, naming) => {
    const rig = await startRig();
    const kind = name === "invoices" ? "invoice" : "customer";
    const seconds = Array.from(
      { length: 1_200 },
      (_each, index) => Math.floor(rig.clock.now() / 1000) - 2 * DAY - index * DAY,
    );
    const ids = fill(rig.sandbox, kind, seconds);
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), name));
    rig.clock.advance(DAY_MS);
    const [id = ""] = ids.slice(600);
    change(rig.sandbox, name, id, false);
    rig.sandbox.put("charge", JSON.stringify({ id: "other_1", created: 1, ...naming(id) }), { event });
    rig.clock.advance(120_000);
    const { upserts } = await runInto(rig, mirror, streamOf(rig.open(), name));
    expect(upserts.get(id)).toBe(1);
    expectTruth(rig, mirror, kind);
  });

  it("of another API version bring the object as the pinned version has it", async () => {
    const rig = await startRig();
    rig.sandbox.apiVersion = "2022-11-15";
    const customer = rig.sandbox.customers.create({ email: "a@example.com" });
    const invoice = rig.sandbox.invoices.create({ customer: customer.id }, 12);
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    rig.clock.advance(DAY_MS);
    rig.sandbox.invoices.finalize(invoice.id);
    rig.sandbox.invoices.pay(invoice.id);
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(mirror.objects.get(invoice.id)).toMatchObject({ status: "paid", lines: { has_more: false } });
    // Later versions have no `paid`.
    expect(mirror.objects.get(invoice.id)).not.toHaveProperty("paid");
    expectTruth(rig, mirror, "invoice");
  });

  it("missing for a creation do not hide it", async () => {
    const { rig, mirror } = await startMirrored();
    const id = create(rig.sandbox, "customers", Math.floor(rig.clock.now() / 1000), false);
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(mirror.rows.has(id)).toBe(true);
    expectTruth(rig, mirror, "customer");
  });

  it("more than a cursor has room for in a quarter of an hour are read again by the next run", async () => {
    const { rig, mirror, ids } = await startMirrored(100);
    for (let count = 0; count < 7_000; count += 1) change(rig.sandbox, "customers", ids[count % 100] ?? "");
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(JSON.stringify(mirror.cursor).length).toBeLessThan(64 * 1024);
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
  });

  it("read twice, by two runs, have the object read once", async () => {
    const { rig, mirror, ids } = await startMirrored();
    // So far down that the sweep does not come to it.
    change(rig.sandbox, "customers", ids[280] ?? "");
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    // Within the quarter of an hour that is read again.
    rig.clock.advance(120_000);
    rig.sandbox.requests.clear();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(rig.sandbox.requests.endpoints["GET /v1/customers/{id}"]).toBeUndefined();
  });
});

describe("a deletion", () => {
  it("is none when only an event says so", async () => {
    const { rig, mirror, ids } = await startMirrored();
    const id = ids[200] ?? "";
    rig.sandbox.putFields("customer", id, {}, { event: "customer.deleted" });
    rig.clock.advance(120_000);
    const { deletes, upserts } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(deletes).toEqual([]);
    expect(upserts.get(id)).toBe(1);
    expectTruth(rig, mirror, "customer");
  });

  it("is one when the object itself says that it is deleted", async () => {
    const rig = await startRig();
    const { id } = rig.sandbox.customers.create({ email: "a@example.com" });
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    rig.clock.advance(DAY_MS);
    rig.sandbox.customers.delete(id);
    rig.clock.advance(120_000);
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(deletes).toEqual([id]);
    // The last payload stays.
    expect(mirror.rows.get(id)).toMatchObject({ isDeleted: true });
    expect(mirror.rows.get(id)?.json).toContain("a@example.com");
  });

  it("is one when the object is not found, and only then", async () => {
    const rig = await startRig();
    const customer = rig.sandbox.customers.create({});
    const [draft, kept] = [
      rig.sandbox.invoices.create({ customer: customer.id }),
      rig.sandbox.invoices.create({ customer: customer.id }),
    ];
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    rig.clock.advance(DAY_MS);
    rig.sandbox.invoices.delete(draft.id);
    rig.clock.advance(120_000);
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    // The sweep's list lacks it, too.
    expect(new Set(deletes)).toEqual(new Set([draft.id]));
    expect(mirror.rows.get(kept.id)?.isDeleted).toBe(false);
  });

  it.each(["truncated", "empty-body", "html"] as const)(
    "is one although the answer that says so is damaged at first: %s",
    async (kind) => {
      const rig = await startRig();
      const customer = rig.sandbox.customers.create({});
      const { id } = rig.sandbox.invoices.create({ customer: customer.id });
      const mirror = new Mirror();
      await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
      rig.clock.advance(DAY_MS);
      rig.sandbox.invoices.delete(id);
      rig.clock.advance(120_000);
      const rule = rig.sandbox.faults.add({ match: { path: "/v1/invoices/{id}" }, fault: { kind }, times: 1 });
      const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
      expect(rule.hits).toBe(1);
      expect(new Set(deletes)).toEqual(new Set([id]));
    },
  );

  it("of which nothing tells is asked about where a list lacks the object, and taken back when it returns", async () => {
    const { rig, mirror, ids } = await startMirrored();
    const id = ids[0] ?? "";
    rig.sandbox.remove("customer", id);
    // The sweep begins with the newest.
    const { deletes, missed } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect([deletes, missed]).toEqual([[id], [id]]);
    rig.clock.advance(DAY_MS);
    rig.sandbox.restore("customer", id);
    rig.sandbox.putFields("customer", id, {}, { event: "customer.updated" });
    rig.clock.advance(120_000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(mirror.rows.get(id)?.isDeleted).toBe(false);
    expectTruth(rig, mirror, "customer");
  });

  it.each([
    ["a listing of everything", { full: true }],
    ["a window", { window: {} }],
    ["the sweep", {}],
  ] as const)("of all objects there are, or of all in a stretch of time, is found by %s", async (_, options) => {
    for (const kept of [0, 60]) {
      const { rig, mirror, ids } = await startMirrored(120);
      const gone = ids.slice(kept);
      for (const id of gone) rig.sandbox.remove("customer", id);
      const { deletes } = await runInto(rig, mirror, streamOf(rig.open({ sweepDays: 1 }), "customers"), options);
      expect(deletes.toSorted()).toEqual(gone);
    }
  });

  it("is not made of an object that a list hides although it exists", async () => {
    const { rig, mirror, ids } = await startMirrored();
    const hidden = ids[0] ?? "";
    const json = mirror.rows.get(hidden)?.json ?? "";
    // In no list that is filtered by it, and still there when it is asked for.
    rig.sandbox.remove("customer", hidden);
    rig.sandbox.put("customer", JSON.stringify({ ...(JSON.parse(json) as object), created: null }));
    const { deletes, missed } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(missed).toContain(hidden);
    expect(deletes).toEqual([]);
    expect(mirror.rows.get(hidden)?.isDeleted).toBe(false);
  });
});
