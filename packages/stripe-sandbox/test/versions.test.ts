import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type JsonObject, NEWEST_VERSION, type Sandbox, startSandbox } from "../src/index.js";
import { get } from "./client.js";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ account: { apiVersion: "2022-08-01" } });
});
afterAll(() => sandbox.close());

const seenIn = async (version: string, path: string): Promise<JsonObject> =>
  (await get(sandbox, path, { "Stripe-Version": version })).json;

describe("an API version", () => {
  it("before basil shows invoices with `paid` and without `parent`, in lists and alone", async () => {
    const { id } = sandbox.invoices.create({}, 12);
    sandbox.invoices.finalize(id);
    sandbox.invoices.pay(id);
    const older = await seenIn("2025-02-24.acacia", `/v1/invoices/${id}`);
    const newer = await seenIn("2025-03-31.basil", `/v1/invoices/${id}`);
    expect(older).toMatchObject({ paid: true, payment_intent: null });
    expect(older).not.toHaveProperty("parent");
    expect(newer).toHaveProperty("parent");
    expect(newer).not.toHaveProperty("paid");
    const lines = (older["lines"] as { data: JsonObject[] }).data;
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatchObject({ type: "invoiceitem" });
    const list = await get(sandbox, "/v1/invoices?limit=1", { "Stripe-Version": "2024-06-20" });
    expect(list.json.data[0]).toEqual(older);
    const own = await get(sandbox, `/v1/invoices/${id}/lines`, { "Stripe-Version": "2024-06-20" });
    expect(own.json.data).toEqual(lines);
  });

  it("before 2022-11-15 shows payment intents with their charges", async () => {
    const { id } = sandbox.paymentIntents.create();
    expect(await seenIn("2022-08-01", `/v1/payment_intents/${id}`)).toMatchObject({ charges: { object: "list" } });
    expect(await seenIn("2022-11-15", `/v1/payment_intents/${id}`)).not.toHaveProperty("charges");
  });

  it("of the account, not of the request, is what an event's object is rendered in", async () => {
    const { id } = sandbox.paymentIntents.create();
    const [event] = (await get(sandbox, "/v1/events?limit=1", { "Stripe-Version": NEWEST_VERSION })).json.data;
    expect(event).toMatchObject({ api_version: "2022-08-01", data: { object: { id, charges: { object: "list" } } } });
    sandbox.apiVersion = NEWEST_VERSION;
    sandbox.paymentIntents.create();
    const events = (await get(sandbox, "/v1/events?limit=2", { "Stripe-Version": "2022-08-01" })).json.data;
    expect(events.map((each) => each["api_version"])).toEqual([NEWEST_VERSION, "2022-08-01"]);
    expect(events[0]).not.toHaveProperty("data.object.charges");
    expect(events[1]).toEqual(event);
  });

  it("can be asked of the truth", () => {
    const { id } = sandbox.invoices.create();
    const inOld = [...sandbox.truth("invoice", { version: "2020-08-27" })].find((record) => record.id === id);
    expect(JSON.parse(inOld?.json ?? "")).toMatchObject({ paid: false });
  });
});
