import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { stripeSource } from "../../src/index.js";
import type { Cursor, SourceEvent } from "../../src/source.js";
import { collect } from "../../src/testing/stream-context.js";
import { change, fill } from "./filled-account.js";
import { Mirror } from "../../src/testing/index.js";
import { OtherStripe, type StripeObject } from "./other-stripe.js";
import { type Rig, startRig, streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

let rig: Rig;
let since: Date;
const events = (stream?: string): Promise<SourceEvent[]> =>
  rig.clock.run(collect(rig.open().events({ since, ...(stream !== undefined && { stream }) })));

/** One customer changes, and far more payment intents than a page of events holds. */
beforeEach(async () => {
  rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const seconds = Array.from({ length: 450 }, (_, index) => now - 86_400 - index);
  const [customer = ""] = fill(rig.sandbox, "customer", seconds.slice(0, 1));
  const intents = fill(rig.sandbox, "payment_intent", seconds);
  rig.clock.advance(3_600_000);
  since = new Date(rig.clock.now());
  change(rig.sandbox, "customers", customer);
  for (const id of intents) change(rig.sandbox, "payment_intents", id);
  rig.clock.advance(60_000);
});

describe("the events of a source", () => {
  it("are those that name any object, or those of a stream", async () => {
    const all = await events();
    const ofCustomers = await events("customers");
    expect(all).toHaveLength(451);
    expect(ofCustomers).toMatchObject([{ type: "customer.updated" }]);
    expect(all).toContainEqual(ofCustomers[0]);
  });

  it("take no request for those of other streams", async () => {
    const before = rig.sandbox.requests.count;
    await events("customers");
    expect(rig.sandbox.requests.count - before).toBe(1);
  });

  it("are told of an object that only another object's event names", async () => {
    const [id = ""] = fill(rig.sandbox, "payment_intent", [Math.floor(rig.clock.now() / 1000)]);
    const named = { customer: '"cus_of_a_card"' };
    rig.sandbox.putFields("payment_intent", id, named, { event: "customer.source.updated" });
    rig.clock.advance(60_000);
    expect((await events("customers")).map(({ objectId }) => objectId)).toContain("cus_of_a_card");
  });
});

describe("the events unread by a cursor", () => {
  it("are those that a read which goes on from it acts on: none that was read, nor from before, but what came late", async () => {
    const clock = new SteppedClock();
    const stripe = new OtherStripe(clock.now);
    const apiBase = await stripe.listen();
    const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock });
    onTestFinished(() => source.close().then(() => stripe.close()));
    const second = (): number => Math.floor(clock.now() / 1000);
    const customer = (id: string): StripeObject => ({ id, object: "customer", created: second() - 86_400 });
    for (const id of ["cus_1", "cus_2", "cus_3"]) stripe.put(customer(id));
    const mirror = new Mirror();
    const run = () => clock.run(mirror.run(streamOf(source, "customers")));
    const named = async (unreadBy?: Cursor): Promise<string[]> => {
      const options = { since: new Date(0), stream: "customers", ...(unreadBy !== undefined && { unreadBy }) };
      return (await clock.run(collect(source.events(options)))).map(({ objectId }) => objectId).toSorted();
    };
    await run();
    clock.advance(3_600_000);
    stripe.tell("customer.updated", customer("cus_1"));
    clock.advance(300_000);
    expect(await named(mirror.cursor)).toEqual(["cus_1"]);
    await run();
    expect(await named(mirror.cursor)).toEqual([]);

    stripe.tell("customer.updated", customer("cus_2"), second() - 600);
    stripe.tell("customer.updated", customer("cus_3"), second() - 1_200);
    expect(await named(mirror.cursor)).toEqual(["cus_2"]);
    expect(await named()).toEqual(["cus_1", "cus_2", "cus_3"]);
    await run();
    expect(await named(mirror.cursor)).toEqual([]);
    await expect(named({ v: 0 })).rejects.toMatchObject({ code: "SOURCE_CURSOR_INVALID" });
  });
});

describe("events that Stripe refuses", () => {
  const DAY_MS = 86_400_000;

  async function refusing(refuses: (url: URL) => readonly [number, object] | null) {
    const clock = new SteppedClock();
    const stripe = new OtherStripe(clock.now, { dateOff: () => 0, refuses });
    const apiBase = await stripe.listen();
    const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock });
    onTestFinished(() => source.close().then(() => stripe.close()));
    stripe.put({ id: "cus_1", object: "customer", created: Math.floor(clock.now() / 1000) - DAY_MS / 10 });
    const mirror = new Mirror();
    await clock.run(mirror.run(streamOf(source, "customers")));
    const loadedAt = new Date(clock.now());
    clock.advance(35 * DAY_MS);
    stripe.put({ id: "cus_1", object: "customer", created: 1, changed: true }, "customer.updated");
    clock.advance(DAY_MS);
    const open = () => stripeSource({ apiKey: "sk_live_other", apiBase, clock });
    return { clock, stripe, source, open, mirror, loadedAt };
  }

  it("as being too long ago are read as far back as it keeps them; and a run reads everything again", async () => {
    const { clock, source, open, mirror, loadedAt } = await refusing(({ pathname, searchParams }) => {
      const from = Number(searchParams.get("created[gte]") ?? Infinity);
      const isTooOld = pathname === "/v1/events" && from < Date.UTC(2026, 10, 24) / 1000 + 6 * 86_400;
      return isTooOld ? [400, { error: { type: "invalid_request_error", param: "created[gte]" } }] : null;
    });
    for (const asked of [source, open()]) {
      const read = await clock.run(collect(asked.events({ since: loadedAt, stream: "customers" })));
      expect(read).toMatchObject([{ objectId: "cus_1" }]);
      if (asked !== source) await asked.close();
    }
    const { events } = await clock.run(mirror.run(streamOf(source, "customers")));
    expect(events).toContainEqual(expect.objectContaining({ type: "notice", code: "FEED_EXPIRED" }));
    expect(mirror.objects.get("cus_1")).toMatchObject({ changed: true });
  });

  it("as the place where a page begins, because they are too old by then, are not asked for", async () => {
    const OLD = 150;
    const message = "This event is no longer available because it's aged out of our retention policy.";
    const { clock, stripe, source, loadedAt } = await refusing(({ pathname, searchParams }) => {
      const [, index = Infinity] = /^evt_(\d+)$/.exec(searchParams.get("starting_after") ?? "") ?? [];
      const isTooOld = pathname === "/v1/events" && Number(index) <= OLD;
      return isTooOld ? [400, { error: { type: "invalid_request_error", message } }] : null;
    });
    const customer = { id: "cus_2", object: "customer", created: 1 };
    const now = Math.floor(clock.now() / 1000);
    for (let age = 0; age < OLD; age += 1) stripe.tell("customer.updated", customer, now - 29.5 * 86_400 - age);
    for (let age = 0; age < 2 * OLD; age += 1) stripe.tell("customer.updated", customer, now - age);
    const read = await clock.run(collect(source.events({ since: loadedAt, stream: "customers" })));
    expect(read.filter(({ objectId }) => objectId === "cus_2")).toHaveLength(2 * OLD);
  });

  it("as a product that is not enabled may not be read", async () => {
    const message = "Your account is not set up to use Events.";
    const { clock, source, loadedAt } = await refusing(({ pathname }) =>
      pathname === "/v1/events" ? [403, { error: { type: "invalid_request_error", message } }] : null,
    );
    await expect(clock.run(collect(source.events({ since: loadedAt })))).rejects.toMatchObject({
      code: "SOURCE_FORBIDDEN",
      remedy: "fix-credentials",
    });
  });
});

// https://docs.stripe.com/api/events/types: invoice.upcoming shows an invoice that does not exist yet.
describe.each([null, "", undefined])("an event of an object whose id is %j", (id) => {
  it("names none, and stops no run", async () => {
    const clock = new SteppedClock();
    const stripe = new OtherStripe(clock.now);
    const apiBase = await stripe.listen();
    const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock });
    onTestFinished(() => source.close().then(() => stripe.close()));
    stripe.put({ id: "in_1", object: "invoice", created: Math.floor(clock.now() / 1000) - 86_400 });
    const mirror = new Mirror();
    const started = new Date(clock.now());
    await clock.run(mirror.run(streamOf(source, "invoices")));
    clock.advance(3_600_000);
    stripe.tell("invoice.upcoming", { id, object: "invoice", created: null } as unknown as StripeObject);
    clock.advance(3_600_000);
    await clock.run(mirror.run(streamOf(source, "invoices")));
    expect([...mirror.objects.keys()]).toEqual(["in_1"]);
    expect(await clock.run(collect(source.events({ since: started })))).toEqual([]);
  });
});
