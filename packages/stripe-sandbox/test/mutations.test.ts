import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createStoppedClock, type Sandbox, startSandbox } from "../src/index.js";
import { textIn } from "../src/json/json-value.js";
import { get } from "./client.js";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ clock: createStoppedClock(1_790_000_000_000) });
  onTestFinished(() => sandbox.close());
});

/** The types of the events since the last call, in the order in which they came. */
async function eventsSince(last: { id?: string | undefined } = {}): Promise<string[]> {
  const before = last.id === undefined ? "" : `&ending_before=${last.id}`;
  const { json } = await get(sandbox, `/v1/events?limit=100${before}`);
  last.id = json.data[0]?.id ?? last.id;
  return json.data.map((event) => textIn(event, "type")).toReversed();
}

describe("a customer", () => {
  it("is created, changed and deleted, each with its event", async () => {
    const last = {};
    const { id } = sandbox.customers.create({ name: "Ada" });
    expect(await eventsSince(last)).toEqual(["customer.created"]);
    sandbox.customers.update(id, { name: "Ada L." });
    expect((await get(sandbox, "/v1/events?limit=1")).json.data[0]).toMatchObject({
      type: "customer.updated",
      data: { object: { id, name: "Ada L." }, previous_attributes: { name: "Ada" } },
    });
    expect(await eventsSince(last)).toEqual(["customer.updated"]);
    sandbox.customers.delete(id);
    expect(await eventsSince(last)).toEqual(["customer.deleted"]);
  });

  it("that is deleted leaves lists, and is retrieved as a stub until it comes back", async () => {
    const { id } = sandbox.customers.create({ name: "Ada" });
    sandbox.customers.delete(id);
    expect((await get(sandbox, "/v1/customers")).json.data).toEqual([]);
    const stub = await get(sandbox, `/v1/customers/${id}`);
    expect([stub.status, stub.json]).toEqual([200, { id, object: "customer", deleted: true }]);
    expect((await get(sandbox, `/v1/customers?starting_after=${id}`)).status).toBe(400);
    expect([...sandbox.truth("customer")]).toMatchObject([{ id, deleted: true }]);
    sandbox.customers.restore(id);
    expect((await get(sandbox, `/v1/customers/${id}`)).json).toMatchObject({ id, name: "Ada" });
    expect([...sandbox.truth("customer")]).toMatchObject([{ id, deleted: false }]);
  });
});

describe("an invoice", () => {
  it("goes from draft to paid with Stripe's events", async () => {
    const last = {};
    const { id } = sandbox.invoices.create({}, [{ amount: 100 }, { amount: 250 }]);
    expect(await eventsSince(last)).toEqual(["invoice.created"]);
    expect(sandbox.invoices.addLine(id, { amount: 50 })).toMatchObject({ total: 400, amount_due: 400 });
    expect(await eventsSince(last)).toEqual(["invoice.updated"]);
    expect(sandbox.invoices.finalize(id)).toMatchObject({ status: "open" });
    expect(await eventsSince(last)).toEqual(["invoice.finalized", "invoice.updated"]);
    expect(sandbox.invoices.pay(id)).toMatchObject({ status: "paid", amount_paid: 400, amount_remaining: 0 });
    expect(await eventsSince(last)).toEqual(["invoice.paid", "invoice.payment_succeeded", "invoice.updated"]);
    expect(() => sandbox.invoices.pay(id)).toThrow(/status is paid/);
  });

  it("can be voided or written off", async () => {
    const [one, two] = [sandbox.invoices.create(), sandbox.invoices.create()].map(({ id }) => id) as [string, string];
    sandbox.invoices.finalize(one);
    sandbox.invoices.finalize(two);
    const last = {};
    await eventsSince(last);
    expect(sandbox.invoices.void(one)).toMatchObject({ status: "void" });
    expect(sandbox.invoices.markUncollectible(two)).toMatchObject({ status: "uncollectible" });
    expect(await eventsSince(last)).toEqual([
      "invoice.voided",
      "invoice.updated",
      "invoice.marked_uncollectible",
      "invoice.updated",
    ]);
  });

  it("is deleted as a draft only, and answers 404 from then on", async () => {
    const { id } = sandbox.invoices.create();
    sandbox.invoices.delete(id);
    expect((await get(sandbox, `/v1/invoices/${id}`)).status).toBe(404);
    expect((await eventsSince()).at(-1)).toBe("invoice.deleted");
    const open = sandbox.invoices.finalize(sandbox.invoices.create().id);
    expect(() => sandbox.invoices.delete(open.id)).toThrow(/not draft/);
  });
});

describe("a payment intent", () => {
  it("succeeds with a charge", async () => {
    const last = {};
    const { id } = sandbox.paymentIntents.create({ amount: 700 });
    const paid = sandbox.paymentIntents.succeed(id);
    expect(await eventsSince(last)).toEqual(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]);
    const charge = (await get(sandbox, `/v1/charges/${textIn(paid, "latest_charge")}`)).json;
    expect(charge).toMatchObject({ amount: 700, payment_intent: id });
  });

  it("is canceled or declined", async () => {
    const last = {};
    const { id } = sandbox.paymentIntents.create();
    expect(sandbox.paymentIntents.fail(id)).toMatchObject({ last_payment_error: { code: "card_declined" } });
    expect(sandbox.paymentIntents.cancel(id)).toMatchObject({ status: "canceled", canceled_at: 1_790_000_000 });
    expect(await eventsSince(last)).toEqual([
      "payment_intent.created",
      "payment_intent.payment_failed",
      "payment_intent.canceled",
    ]);
  });

  it("has no event when its metadata changes", async () => {
    const { id } = sandbox.paymentIntents.create();
    const last = {};
    await eventsSince(last);
    sandbox.paymentIntents.update(id, { metadata: { note: "x" } });
    expect(await eventsSince(last)).toEqual([]);
    expect((await get(sandbox, `/v1/payment_intents/${id}`)).json["metadata"]).toEqual({ note: "x" });
  });
});

describe("a refund", () => {
  it("is made of a payment that succeeded, changes its charge, and can fail", async () => {
    const { id } = sandbox.paymentIntents.succeed(sandbox.paymentIntents.create({ amount: 700 }).id);
    const last = {};
    await eventsSince(last);
    const refund = sandbox.refunds.create({ payment_intent: id, amount: 300 });
    expect(await eventsSince(last)).toEqual(["refund.created", "charge.refunded"]);
    expect((await get(sandbox, `/v1/charges/${textIn(refund, "charge")}`)).json["amount_refunded"]).toBe(300);
    expect(sandbox.refunds.fail(refund.id)).toMatchObject({ status: "failed" });
    expect(await eventsSince(last)).toEqual(["refund.failed", "refund.updated", "charge.refund.updated"]);
    const unpaid = sandbox.paymentIntents.create();
    expect(() => sandbox.refunds.create({ payment_intent: unpaid.id })).toThrow(/not succeeded/);
  });
});

describe("a change without an event", () => {
  it("is made silently", async () => {
    const { id } = sandbox.customers.create();
    const last = {};
    await eventsSince(last);
    sandbox.events.silently(() => sandbox.customers.update(id, { name: "x" }));
    expect(await eventsSince(last)).toEqual([]);
    sandbox.customers.update(id, { name: "y" });
    expect(await eventsSince(last)).toEqual(["customer.updated"]);
  });
});
