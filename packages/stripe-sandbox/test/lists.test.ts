import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStoppedClock, type Sandbox, startSandbox } from "../src/index.js";
import { get, idsOf } from "./client.js";

interface Kept {
  readonly id: string;
  readonly created: number | null;
}

const START = 1_700_000_000;
const clock = createStoppedClock((START + 1_000_000) * 1000);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock });
});
afterAll(() => sandbox.close());

/** Objects in the order in which they are made; few seconds, so that many share one. Some are legacy objects. */
const objects = fc.array(fc.option(fc.integer({ min: 0, max: 12 }), { freq: 8 }), { maxLength: 40 });
const bound = fc.option(fc.integer({ min: -2, max: 14 }), { nil: undefined });
const window = fc.record({ gt: bound, gte: bound, lt: bound, lte: bound, exact: bound });

/** A fresh account with these objects, and what its list must show. */
function accountWith(offsets: readonly (number | null)[]): { url: string; key: string; expected: Kept[] } {
  const account = sandbox.addAccount();
  const kept = offsets.map((offset, index) => {
    const created = offset === null ? null : START + offset;
    const id = `cus_${index}`;
    account.put("customer", JSON.stringify({ id, object: "customer", created }));
    return { id, created };
  });
  // Newest first; of one second, and of the legacy objects, the one that was made last comes first.
  const expected = kept.toReversed().sort((a, b) => (b.created ?? -Infinity) - (a.created ?? -Infinity));
  return { url: sandbox.url, key: account.key, expected };
}

describe("a list", () => {
  it("shows everything once, newest first, whatever the page size", async () => {
    await fc.assert(
      fc.asyncProperty(objects, fc.integer({ min: 1, max: 7 }), async (offsets, limit) => {
        const { expected, ...client } = accountWith(offsets);
        expect(await idsOf(client, "/v1/customers", "", limit)).toEqual(expected.map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  it("shows just the objects of a created window, and none without a date", async () => {
    await fc.assert(
      fc.asyncProperty(objects, window, fc.integer({ min: 1, max: 9 }), async (offsets, range, limit) => {
        const { expected, ...client } = accountWith(offsets);
        const bounds = Object.entries(range).filter(([, offset]) => offset !== undefined);
        const query = bounds.map(([name, offset]) => {
          const parameter = name === "exact" ? "created" : `created[${name}]`;
          return `&${encodeURIComponent(parameter)}=${START + Number(offset)}`;
        });
        const isInside = ({ created }: Kept): boolean => {
          if (bounds.length === 0) return true;
          if (created === null) return false;
          const at = created - START;
          return (
            (range.gt === undefined || at > range.gt) &&
            (range.gte === undefined || at >= range.gte) &&
            (range.lt === undefined || at < range.lt) &&
            (range.lte === undefined || at <= range.lte) &&
            (range.exact === undefined || at === range.exact)
          );
        };
        expect(await idsOf(client, "/v1/customers", query.join(""), limit)).toEqual(
          expected.filter(isInside).map(({ id }) => id),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("goes back with ending_before: the page just newer than the token, still newest first", async () => {
    await fc.assert(
      fc.asyncProperty(objects, fc.nat(), fc.integer({ min: 1, max: 7 }), async (offsets, pick, limit) => {
        fc.pre(offsets.length > 0);
        const { expected, ...client } = accountWith(offsets);
        const ids = expected.map(({ id }) => id);
        const at = pick % ids.length;
        const { json } = await get(client, `/v1/customers?limit=${limit}&ending_before=${ids[at]}`);
        expect(json.data.map(({ id }) => id)).toEqual(ids.slice(Math.max(0, at - limit), at));
        expect(json.has_more).toBe(at > limit);
      }),
      { numRuns: 60 },
    );
  });

  it("says has_more in the direction of paging only", async () => {
    const { expected, ...client } = accountWith([0, 1, 2, 3]);
    const ids = expected.map(({ id }) => id);
    expect((await get(client, `/v1/customers?limit=3&starting_after=${ids[0]}`)).json.has_more).toBe(false);
    expect((await get(client, `/v1/customers?limit=2&starting_after=${ids[0]}`)).json.has_more).toBe(true);
    expect((await get(client, `/v1/customers?limit=3&ending_before=${ids[3]}`)).json.has_more).toBe(false);
  });

  it("takes a token from outside the window, as long as the object exists", async () => {
    const { expected, ...client } = accountWith([0, 1, 2, 3]);
    const newest = expected[0]?.id;
    const { json } = await get(client, `/v1/customers?created[lt]=${START + 2}&starting_after=${newest}`);
    expect(json.data.map(({ id }) => id)).toEqual(["cus_1", "cus_0"]);
  });

  it("has ten objects a page unless asked for another number", async () => {
    const { url, key } = accountWith(Array.from({ length: 12 }, (_, at) => at));
    const { json } = await get({ url, key }, "/v1/customers");
    expect(json).toMatchObject({ object: "list", url: "/v1/customers", has_more: true });
    expect(json.data).toHaveLength(10);
  });

  it("filters by a field", async () => {
    const one = sandbox.customers.create({ email: "a@example.com" });
    sandbox.customers.create({ email: "b@example.com" });
    expect(await idsOf(sandbox, "/v1/customers", "&email=a%40example.com")).toEqual([one.id]);
    const intent = sandbox.paymentIntents.create({ customer: one.id });
    sandbox.paymentIntents.create();
    expect(await idsOf(sandbox, "/v1/payment_intents", `&customer=${one.id}`)).toEqual([intent.id]);
    const draft = sandbox.invoices.create();
    const open = sandbox.invoices.finalize(sandbox.invoices.create().id);
    expect(await idsOf(sandbox, "/v1/invoices", "&status=open")).toEqual([open.id]);
    expect(await idsOf(sandbox, "/v1/invoices", "&status=draft")).toEqual([draft.id]);
  });
});

describe("an invoice's lines", () => {
  it("are ten in the invoice and all on their own path, with pages of their own", async () => {
    const { id } = sandbox.invoices.create({}, 37);
    const alone = (await get(sandbox, `/v1/invoices/${id}`)).json["lines"];
    const listed = (await get(sandbox, `/v1/invoices?limit=1`)).json.data[0]?.["lines"];
    for (const lines of [alone, listed]) {
      expect(lines).toMatchObject({ object: "list", has_more: true, url: `/v1/invoices/${id}/lines` });
      expect((lines as { data: unknown[] }).data).toHaveLength(10);
    }
    const all = await idsOf(sandbox, `/v1/invoices/${id}/lines`, "", 15);
    expect(new Set(all).size).toBe(37);
    expect((alone as { data: { id: string }[] }).data.map((line) => line.id)).toEqual(all.slice(0, 10));
    const back = (await get(sandbox, `/v1/invoices/${id}/lines?limit=5&ending_before=${all[20]}`)).json;
    expect(back.data.map((line) => line.id)).toEqual(all.slice(15, 20));
    expect(back.has_more).toBe(true);
    expect((await get(sandbox, `/v1/invoices/${id}/lines?limit=5&ending_before=${all[5]}`)).json.has_more).toBe(false);
  });

  it("have no has_more when there are ten", async () => {
    const { id } = sandbox.invoices.create({}, 10);
    expect((await get(sandbox, `/v1/invoices/${id}`)).json["lines"]).toMatchObject({ has_more: false });
  });
});
