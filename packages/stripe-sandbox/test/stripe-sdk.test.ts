import { Stripe } from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NEWEST_VERSION, type Sandbox, startSandbox } from "../src/index.js";

let sandbox: Sandbox;
let stripe: Stripe;
beforeAll(async () => {
  sandbox = await startSandbox({ scenario: "mensio" });
  stripe = new Stripe(sandbox.key, { host: "127.0.0.1", port: sandbox.port, protocol: "http", telemetry: false });
});
afterAll(() => sandbox.close());

describe("the official SDK", () => {
  it("pages through every list, and backwards", async () => {
    const count = async (list: AsyncIterable<unknown>): Promise<number> => {
      let objects = 0;
      for await (const _ of list) objects++;
      return objects;
    };
    expect(await count(stripe.customers.list({ limit: 100 }))).toBe(148);
    expect(await count(stripe.invoices.list({ limit: 100 }))).toBe(273);
    expect(await count(stripe.paymentIntents.list({ limit: 100 }))).toBe(2653);
    expect(await count(stripe.refunds.list({ limit: 100 }))).toBe(27);
    const [oldest] = [...sandbox.truth("customer")];
    expect(await count(stripe.customers.list({ limit: 50, ending_before: oldest?.id ?? "" }))).toBe(147);
  });

  it("asks in the version that the sandbox calls the newest", async () => {
    const customers = await stripe.customers.list({ limit: 1 });
    expect(customers.lastResponse.apiVersion).toBe(NEWEST_VERSION);
    expect(customers.lastResponse.requestId).toMatch(/^req_/);
  });

  it("filters by created and by type", async () => {
    const { id, created } = sandbox.customers.create();
    const found = await stripe.customers.list({ created: { gte: Number(created) } });
    expect(found.data.map((customer) => customer.id)).toEqual([id]);
    const events = await stripe.events.list({
      types: ["customer.created"],
      limit: 1,
      created: { gte: Number(created) },
    });
    expect(events.data[0]?.data.object).toMatchObject({ id });
  });

  it("reads all lines of a long invoice", async () => {
    const { id } = sandbox.invoices.create({}, 37);
    const lines = await stripe.invoices.listLineItems(id, { limit: 20 }).autoPagingToArray({ limit: 100 });
    expect(lines).toHaveLength(37);
    expect((await stripe.invoices.retrieve(id)).lines.has_more).toBe(true);
  });

  it("retrieves objects, deleted customers and the account", async () => {
    const { id } = sandbox.customers.create({ name: "Ada" });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ name: "Ada" });
    sandbox.customers.delete(id);
    expect(await stripe.customers.retrieve(id)).toMatchObject({ deleted: true });
    expect((await stripe.accounts.retrieveCurrent()).id).toBe(sandbox.id);
  });

  it("makes its errors of the sandbox's refusals", async () => {
    const { errors } = Stripe;
    await expect(stripe.invoices.retrieve("in_no")).rejects.toMatchObject({
      statusCode: 404,
      code: "resource_missing",
    });
    await expect(stripe.invoices.retrieve("in_no")).rejects.toBeInstanceOf(errors.StripeInvalidRequestError);
    const withKey = (key: string): Stripe =>
      new Stripe(key, { host: "127.0.0.1", port: sandbox.port, protocol: "http", maxNetworkRetries: 0 });
    await expect(withKey("sk_live_wrong").customers.list()).rejects.toBeInstanceOf(errors.StripeAuthenticationError);
    await expect(withKey(sandbox.addKey([])).customers.list()).rejects.toBeInstanceOf(errors.StripePermissionError);
    sandbox.faults.add({ fault: { kind: "rate-limited" }, times: 1 });
    await expect(withKey(sandbox.key).customers.list()).rejects.toBeInstanceOf(errors.StripeRateLimitError);
  });
});
