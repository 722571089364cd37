import { describe, expect, it } from "vitest";
import {
  createStoppedClock,
  MENSIO,
  mensio,
  scale,
  type Sandbox,
  SHAPES,
  type Shape,
  startSandbox,
} from "../src/index.js";
import { get, idsOf, pagesOf } from "./client.js";

const NOW_S = 1_790_000_000;
const clock = () => createStoppedClock(NOW_S * 1000);

describe("the practice's account", () => {
  it("has the seed's numbers of objects, over two years, in Canadian dollars", async () => {
    await using sandbox = await startSandbox({ scenario: "mensio", clock: clock() });
    const all = async (path: string) => (await pagesOf(sandbox, path)).flat();
    const customers = await all("/v1/customers");
    const invoices = await all("/v1/invoices");
    const intents = await all("/v1/payment_intents");
    const refunds = await all("/v1/refunds");
    expect([customers, invoices, intents, refunds].map(({ length }) => length)).toEqual([148, 273, 2653, 27]);
    const lines = invoices.map((invoice) => invoice["lines"] as { has_more: boolean; data: unknown[] });
    expect(lines.filter(({ has_more: hasMore }) => hasMore)).toHaveLength(MENSIO.longInvoices);
    const counts = [...sandbox.truth("invoice")].map(
      ({ json }) => (JSON.parse(json) as { lines: { data: [] } }).lines.data.length,
    );
    expect(Math.max(...counts)).toBeGreaterThan(30);
    expect(Math.max(...counts)).toBeLessThanOrEqual(40);
    for (const object of [...customers, ...invoices, ...intents, ...refunds]) {
      expect(object["currency"]).toBe("cad");
      expect(object.created).toBeLessThan(NOW_S);
      expect(object.created).toBeGreaterThan(NOW_S - 731 * 86_400);
    }
  });

  it("holds together: every customer, charge and payment that is named exists, and sums are right", async () => {
    await using sandbox = await startSandbox({ scenario: "mensio", clock: clock() });
    const all = (type: string) => [...sandbox.truth(type)].map(({ json }) => JSON.parse(json) as Record<string, never>);
    const ids = new Map(
      ["customer", "charge", "payment_intent"].map((type) => [type, new Set(all(type).map(({ id }) => id))]),
    );
    for (const intent of all("payment_intent")) {
      expect(ids.get("customer")).toContain(intent["customer"]);
      if (intent["status"] === "succeeded") expect(ids.get("charge")).toContain(intent["latest_charge"]);
    }
    for (const refund of all("refund")) {
      expect(ids.get("payment_intent")).toContain(refund["payment_intent"]);
      expect(sandbox.find("charge", refund["charge"] ?? "")).toMatchObject({
        refunded: true,
        amount_refunded: refund["amount"],
      });
    }
    for (const invoice of all("invoice")) {
      const { total, lines } = invoice as unknown as { total: number; lines: { data: { amount: number }[] } };
      expect(lines.data.reduce((sum, line) => sum + line.amount, 0)).toBe(total);
    }
  });

  it("is the same for the same seed and time, and another for another seed", async () => {
    const truth = async (seed: number): Promise<string> => {
      await using sandbox = await startSandbox({ scenario: mensio({ seed }), clock: clock() });
      return JSON.stringify([...sandbox.truth("invoice"), ...sandbox.truth("event")]);
    };
    expect(await truth(1)).toBe(await truth(1));
    expect(await truth(1)).not.toBe(await truth(2));
  });

  it("has events of the last thirty days", async () => {
    await using sandbox = await startSandbox({ scenario: "mensio", clock: clock() });
    const events = (await pagesOf(sandbox, "/v1/events")).flat();
    expect(events.length).toBeGreaterThan(100);
    for (const event of events) expect(event.created).toBeGreaterThan(NOW_S - 30 * 86_400);
  });
});

describe("the scale scenario", () => {
  const started = (shape: Shape, count = 1000): Promise<Sandbox> =>
    startSandbox({ scenario: scale({ count, shape }), clock: clock() });

  it.each(SHAPES)("lists a %s account whole, in order, with windows that agree", async (shape) => {
    await using sandbox = await started(shape);
    const ids = await idsOf(sandbox, "/v1/payment_intents");
    expect(ids).toHaveLength(shape === "none" ? 0 : shape === "one" ? 1 : 1000);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...sandbox.truth("payment_intent")].map(({ id }) => id).toReversed()).toEqual(ids);
    const halves = [`created[gte]=${NOW_S - 365 * 86_400}`, `created[lt]=${NOW_S - 365 * 86_400}`];
    const parts = await Promise.all(halves.map((window) => idsOf(sandbox, "/v1/payment_intents", `&${window}`)));
    expect(parts.flat()).toEqual(ids);
  });

  it("has the shapes it names", async () => {
    const density = async (
      shape: Shape,
      count: number,
    ): Promise<{ perSecond: number; lastHalf: number; gapDays: number }> => {
      await using sandbox = await started(shape, count);
      const seconds = [...sandbox.truth("payment_intent")].map(
        ({ json }) => (JSON.parse(json) as { created: number }).created,
      );
      const bySecond = new Map<number, number>();
      for (const second of seconds) bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
      const middle = ((seconds[0] ?? 0) + (seconds.at(-1) ?? 0)) / 2;
      const gaps = seconds.slice(1).map((second, at) => second - (seconds[at] ?? 0));
      return {
        perSecond: Math.max(...bySecond.values()),
        lastHalf: seconds.filter((second) => second > middle).length / count,
        gapDays: Math.max(...gaps) / 86_400,
      };
    };
    expect((await density("uniform", 5000)).lastHalf).toBeCloseTo(0.5, 1);
    expect((await density("growing", 5000)).lastHalf).toBeGreaterThan(0.75);
    expect((await density("clustered", 5000)).gapDays).toBeGreaterThan(365);
    expect((await density("bursty", 40_000)).perSecond).toBeGreaterThanOrEqual(2000);
    expect((await density("single-second", 500)).perSecond).toBe(500);
  });

  it("has fifty million objects without keeping them", async () => {
    await using sandbox = await started("growing", 50_000_000);
    const first = (await get(sandbox, "/v1/payment_intents?limit=100")).json;
    const then = (await get(sandbox, `/v1/payment_intents?limit=100&starting_after=${first.data[99]?.id}`)).json;
    expect(then.data).toHaveLength(100);
    expect(then.data[0]?.created).toBeLessThanOrEqual(first.data[99]?.created ?? 0);
    const middle = (await get(sandbox, `/v1/payment_intents?limit=1&created[lt]=${NOW_S - 300 * 86_400}`)).json.data[0];
    expect((await get(sandbox, `/v1/payment_intents/${middle?.id}`)).json).toEqual(middle);
    expect((await get(sandbox, "/v1/payment_intents/pi_3000000000000000000000000")).status).toBe(404);
  });

  it("has payment intents of about 1.36 KB", async () => {
    await using sandbox = await started("uniform", 100);
    const sizes = [...sandbox.truth("payment_intent")].map(({ json }) => json.length);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(1330);
    expect(mean).toBeLessThan(1390);
  });

  it("has objects of any size, told apart by all but their note", async () => {
    const objectTypes = ["customer", "refund"] as const;
    const scenario = scale({ count: 3, objectTypes, objectBytes: 200_000 });
    await using sandbox = await startSandbox({ scenario, clock: clock() });
    for (const objectType of objectTypes) {
      const texts = [...sandbox.truth(objectType)].map(({ json }) => json);
      expect(new Set(texts).size).toBe(3);
      for (const text of texts) {
        expect(text.length).toBeGreaterThan(199_000);
        expect(text.length).toBeLessThan(201_000);
        expect(JSON.parse(text)).toMatchObject({ metadata: { note: expect.stringMatching(/^\w+$/) as string } });
      }
    }
  });

  it("can be changed like any other account", async () => {
    const objectTypes = ["customer", "invoice", "payment_intent", "refund"] as const;
    await using sandbox = await startSandbox({ scenario: scale({ count: 30, objectTypes }), clock: clock() });
    const [newest = "", second = "", third = ""] = await idsOf(sandbox, "/v1/customers");
    sandbox.customers.update(second, { name: "Renamed" });
    sandbox.customers.delete(third);
    const added = sandbox.customers.create();
    expect((await idsOf(sandbox, "/v1/customers")).slice(0, 3)).toEqual([added.id, newest, second]);
    expect(await idsOf(sandbox, "/v1/customers")).toHaveLength(30);
    expect(sandbox.count("customer")).toBe(30);
    expect(await idsOf(sandbox, "/v1/customers", `&created[gte]=${NOW_S}`)).toEqual([added.id]);
    expect(await idsOf(sandbox, "/v1/customers", `&created[gt]=${NOW_S}`)).toEqual([]);
    expect(await idsOf(sandbox, "/v1/customers", `&created[lt]=${NOW_S}`)).toHaveLength(29);
    expect((await get(sandbox, `/v1/customers/${second}`)).json["name"]).toBe("Renamed");
    expect((await get(sandbox, `/v1/customers/${third}`)).json["deleted"]).toBe(true);
    sandbox.customers.restore(third);
    expect((await idsOf(sandbox, "/v1/customers")).slice(0, 4)).toEqual([added.id, newest, second, third]);
    expect(() => sandbox.put("customer", `{"id":"cus_old","created":5}`)).toThrow(/newer than all/);
    sandbox.live(3, { seed: 2 });
    for (const { json } of sandbox.truth("invoice")) expect(() => JSON.parse(json) as unknown).not.toThrow();
  });
});

describe("an empty account", () => {
  it("has no objects and no events", async () => {
    await using sandbox = await startSandbox();
    for (const path of ["customers", "invoices", "payment_intents", "refunds", "charges", "events"]) {
      expect((await get(sandbox, `/v1/${path}`)).json).toMatchObject({ data: [], has_more: false });
    }
  });
});
