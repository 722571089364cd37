import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createStoppedClock, type Sandbox, startSandbox } from "../src/index.js";
import { get, idsOf } from "./client.js";

const DAY_MS = 24 * 60 * 60 * 1000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ clock: createStoppedClock(1_790_000_000_000) });
  onTestFinished(() => sandbox.close());
});

const events = async (query = ""): Promise<(Record<string, unknown> & { id: string; created: number | null })[]> =>
  (await get(sandbox, `/v1/events?limit=100${query}`)).json.data;

describe("the event feed", () => {
  it("is filtered by type, by a group of types, and by several types", async () => {
    const { id } = sandbox.invoices.create();
    sandbox.invoices.finalize(id);
    sandbox.customers.create();
    const types = async (query: string): Promise<unknown[]> => (await events(query)).map((event) => event["type"]);
    expect(await types("&type=invoice.finalized")).toEqual(["invoice.finalized"]);
    expect(await types("&type=invoice.*")).toEqual(["invoice.updated", "invoice.finalized", "invoice.created"]);
    expect(await types("&types[]=customer.created&types[]=invoice.created")).toEqual([
      "customer.created",
      "invoice.created",
    ]);
    expect(await types("&types[0]=customer.created")).toEqual(["customer.created"]);
  });

  it("shows an event late, though its created is early", async () => {
    sandbox.events.configure({ lagMs: 60_000, seed: 4 });
    for (let i = 0; i < 20; i++) sandbox.customers.create();
    expect((await events()).length).toBeLessThan(5);
    sandbox.clock.advance(30_000);
    const some = (await events()).length;
    expect(some).toBeGreaterThan(4);
    expect(some).toBeLessThan(16);
    sandbox.clock.advance(30_000);
    const all = await events();
    expect(all).toHaveLength(20);
    expect(new Set(all.map((event) => event.created))).toEqual(new Set([1_790_000_000]));
  });

  it("hides a late event from retrieval and from paging until it is there", async () => {
    sandbox.customers.create();
    const [event] = await events();
    sandbox.events.configure({ lagMs: 60_000, seed: 4 });
    const { id } = sandbox.customers.create();
    sandbox.clock.advance(60_000);
    const late = (await events()).find((each) => each.id !== event?.id);
    expect(late).toMatchObject({ data: { object: { id } } });
    const cold = await startSandbox({ clock: createStoppedClock(1_790_000_000_000) });
    cold.events.configure({ lagMs: 60_000, seed: 4 });
    cold.customers.create();
    const [hidden] = cold.truth("event");
    expect((await get(cold, `/v1/events/${hidden?.id}`)).status).toBe(404);
    expect((await get(cold, `/v1/events?starting_after=${hidden?.id}`)).status).toBe(400);
    await cold.close();
  });

  it("shows some events twice, with two ids", async () => {
    sandbox.events.configure({ duplicates: 1 });
    const { id } = sandbox.customers.create();
    const both = await events();
    expect(both).toHaveLength(2);
    expect(both[0]?.id).not.toBe(both[1]?.id);
    for (const event of both) expect(event).toMatchObject({ type: "customer.created", data: { object: { id } } });
  });

  it("loses events when told to", async () => {
    sandbox.events.configure({ drops: 0.5, seed: 2 });
    for (let i = 0; i < 40; i++) sandbox.customers.create();
    const { length } = await events();
    expect(length).toBeGreaterThan(8);
    expect(length).toBeLessThan(32);
  });

  it("can be out of order: a later change may have the earlier event", async () => {
    sandbox.events.configure({ disorderMs: 30_000, seed: 3 });
    const made: string[] = [];
    for (let i = 0; i < 10; i++) {
      made.push(sandbox.customers.create().id);
      sandbox.clock.advance(1000);
    }
    const order = (await events()).map((event) => (event["data"] as { object: { id: string } }).object.id).toReversed();
    expect(new Set(order)).toEqual(new Set(made));
    expect(order).not.toEqual(made);
  });

  it("keeps the state that the object had then", async () => {
    const { id } = sandbox.customers.create({ name: "first" });
    sandbox.customers.update(id, { name: "second" });
    const names = (await events()).map((event) => (event["data"] as { object: { name: string } }).object.name);
    expect(names).toEqual(["second", "first"]);
  });

  it("shows ten lines of an invoice, as lists do", async () => {
    sandbox.invoices.create({}, 25);
    const [event] = await events();
    expect(event).toMatchObject({ data: { object: { lines: { has_more: true } } } });
    expect((event as unknown as { data: { object: { lines: { data: [] } } } }).data.object.lines.data).toHaveLength(10);
  });

  it("keeps an event for thirty days", async () => {
    sandbox.customers.create();
    const [old] = await events();
    sandbox.clock.advance(29.9 * DAY_MS);
    const { id } = sandbox.customers.create();
    expect(await events()).toHaveLength(2);
    sandbox.clock.advance(0.2 * DAY_MS);
    expect(await events()).toMatchObject([{ data: { object: { id } } }]);
    expect((await get(sandbox, `/v1/events/${old?.id}`)).status).toBe(404);
    expect((await get(sandbox, `/v1/events?ending_before=${old?.id}`)).status).toBe(400);
  });
});

describe("a life of some days", () => {
  it("is the same for the same seed, moves the clock, and leaves events for what has them", async () => {
    const lives = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        await using living = await startSandbox({ scenario: "mensio", clock: createStoppedClock(1_790_000_000_000) });
        const before = new Set(await idsOf(living, "/v1/events"));
        const happened = living.live(2, { seed });
        expect(living.clock.now()).toBe(1_790_000_000_000 + 2 * DAY_MS);
        const fresh = (await idsOf(living, "/v1/events")).filter((id) => !before.has(id));
        expect(fresh.length).toBeGreaterThan(20);
        return {
          happened,
          truth: ["customer", "invoice", "payment_intent", "refund"].map((type) => [...living.truth(type)]),
        };
      }),
    );
    expect(lives[1]).toEqual(lives[0]);
    expect(lives[2]?.happened).not.toEqual(lives[0]?.happened);
    expect(Object.keys(lives[0]?.happened ?? {}).length).toBeGreaterThan(6);
  });
});
