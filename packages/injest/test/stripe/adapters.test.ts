import type Stripe from "stripe";
import { scale } from "stripe-sandbox";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type ExtractOptions,
  SourceError,
  StripeCustomersStream,
  StripeInvoicesStream,
  StripePaymentIntentsStream,
  StripeRefundsStream,
  type StripeSourceOptions,
} from "../../src/index.js";
import { collect } from "../../src/testing/stream-context.js";
import { fill, KINDS, STREAM_NAMES } from "./filled-account.js";
import { type Rig, startRig } from "./rig.js";

const DAY = 86_400;

const ADAPTERS = {
  customers: StripeCustomersStream,
  invoices: StripeInvoicesStream,
  payment_intents: StripePaymentIntentsStream,
  refunds: StripeRefundsStream,
};

const options = ({ sandbox, clock }: Rig): StripeSourceOptions => ({
  apiKey: sandbox.key,
  apiBase: sandbox.url,
  clock,
  share: 1,
});

describe("an extraction", () => {
  it.each(STREAM_NAMES)("of %s yields each object once, whole, as a plain object", async (name) => {
    const rig = await startRig({ latency: 100 });
    const now = Math.floor(rig.clock.now() / 1000);
    // One of them has no `created`, and some share a second.
    fill(rig.sandbox, KINDS[name].type, [...Array.from({ length: 350 }, (_, i) => now - DAY * (i >> 1)), null]);
    const objects = await rig.clock.run(collect<{ id: string }>(new ADAPTERS[name](options(rig)).extract()));
    const truth = [...rig.sandbox.truth(KINDS[name].type)].map(({ json }) => JSON.parse(json) as { id: string });
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
    expect(objects.toSorted(byId)).toEqual(truth.toSorted(byId));
    expect(Object.getPrototypeOf(objects[0])).toBe(Object.prototype);
  });

  it("has what was created in [since, until), by the second", async () => {
    const rig = await startRig();
    const now = Math.floor(rig.clock.now() / 1000);
    const seconds = [...Array.from({ length: 300 }, (_, index) => now - index), null];
    const ids = fill(rig.sandbox, "customer", seconds);
    const at = (second: number, ms = 0): Date => new Date((now - second) * 1000 + ms);
    const cases: [ExtractOptions, number, number][] = [
      [{ since: at(20), until: at(10) }, 11, 20],
      [{ since: at(20, 1), until: at(10, 1) }, 10, 19],
      [{ since: at(20) }, 0, 20],
      [{ until: at(290) }, 291, 299],
      [{ since: at(20), until: at(20) }, 1, 0],
    ];
    for (const [window, first, last] of cases) {
      const objects = await rig.clock.run(collect(new StripeCustomersStream(options(rig)).extract(window)));
      expect(objects.map(({ id }) => id).toSorted()).toEqual(ids.slice(first, last + 1).toSorted());
    }
  });

  it("yields nothing twice although much changes while it goes on for long", async () => {
    const rig = await startRig({ latency: 1_000 });
    const now = Math.floor(rig.clock.now() / 1000);
    const ids = fill(
      rig.sandbox,
      "customer",
      Array.from({ length: 600 }, (_, index) => now - 100 * DAY - index),
    );
    const seen: string[] = [];
    const work = async (): Promise<void> => {
      for await (const { id } of new StripeCustomersStream(options(rig)).extract()) {
        if (seen.push(id) % 100 === 1) {
          for (const changed of ids.slice(0, 50))
            rig.sandbox.putFields("customer", changed, {}, { event: "customer.updated" });
          await rig.clock.sleep(40_000);
        }
      }
    };
    await rig.clock.run(work());
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it("is lazy: nothing is sent before the first object is asked for, and little before it comes", async () => {
    const rig = await startLargeAccount();
    const objects = new StripePaymentIntentsStream(options(rig)).extract();
    await rig.clock.run(rig.clock.sleep(10_000));
    expect(rig.sandbox.requests.count).toBe(0);
    const first = await rig.clock.run(objects.next());
    expect(first.value).toMatchObject({ object: "payment_intent" });
    expect(rig.sandbox.requests.count).toBeLessThanOrEqual(3);
    await rig.clock.run(objects.return(undefined));
  });

  it("reads no further ahead than some pages when nobody takes objects", async () => {
    const rig = await startLargeAccount();
    const objects = new StripePaymentIntentsStream(options(rig)).extract();
    await rig.clock.run(objects.next());
    await rig.clock.run(rig.clock.sleep(60_000));
    const waiting = rig.sandbox.requests.count;
    expect(waiting).toBeLessThanOrEqual(40);
    await rig.clock.run(rig.clock.sleep(60_000));
    expect(rig.sandbox.requests.count).toBe(waiting);
    await rig.clock.run(objects.return(undefined));
  });

  it("sends nothing more once its loop is left", async () => {
    const rig = await startLargeAccount();
    const work = async (): Promise<void> => {
      let taken = 0;
      for await (const _ of new StripePaymentIntentsStream(options(rig)).extract()) if ((taken += 1) === 150) break;
    };
    await rig.clock.run(work());
    // What was under way arrives all the same.
    await rig.clock.run(rig.clock.sleep(1_000));
    const sent = rig.sandbox.requests.count;
    expect(sent).toBeLessThanOrEqual(40);
    await rig.clock.run(rig.clock.sleep(60_000));
    expect(rig.sandbox.requests.count).toBe(sent);
  });

  it("ends with the reason of its signal", async () => {
    const rig = await startLargeAccount();
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      for await (const _ of new StripePaymentIntentsStream(options(rig)).extract({ signal: abort.signal })) {
        abort.abort(new Error("enough"));
      }
    };
    await expect(rig.clock.run(work())).rejects.toThrow("enough");
  });

  it("throws an error that says what to do", async () => {
    const rig = await startRig();
    const objects = new StripeRefundsStream({
      ...options(rig),
      apiKey: rig.sandbox.addKey(["customer_read"]),
    }).extract();
    const error = await rig.clock.run(objects.next().then(String, (reason: unknown) => reason));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ code: "SOURCE_FORBIDDEN", facts: { permission: "charge_read" } });
  });
});

/** Read by the compiler: `tsc -b` fails where a type is another one. */
describe("the types of an extraction", () => {
  it("are those of the stripe package", () => {
    expectTypeOf<ObjectOf<StripeCustomersStream>>().toEqualTypeOf<Stripe.Customer>();
    expectTypeOf<ObjectOf<StripeInvoicesStream>>().toEqualTypeOf<Stripe.Invoice>();
    expectTypeOf<ObjectOf<StripePaymentIntentsStream>>().toEqualTypeOf<Stripe.PaymentIntent>();
    expectTypeOf<ObjectOf<StripeRefundsStream>>().toEqualTypeOf<Stripe.Refund>();
    expectTypeOf<ObjectOf<StripeInvoicesStream>["lines"]["data"][number]["amount"]>().toEqualTypeOf<number>();
    expectTypeOf<ObjectOf<StripeCustomersStream>>().not.toBeAny();
  });

  it("allow since, until, a signal, and nothing else", () => {
    expectTypeOf<keyof ExtractOptions>().toEqualTypeOf<"since" | "until" | "signal">();
    expectTypeOf<ExtractOptions["since"]>().toEqualTypeOf<Date | undefined>();
    expectTypeOf(StripeCustomersStream).toBeConstructibleWith({ apiKey: "" });
    expectTypeOf<{ apiKey: undefined }>().not.toExtend<ConstructorParameters<typeof StripeCustomersStream>[0]>();
  });
});

type ObjectOf<T extends { extract(): AsyncIterable<unknown> }> =
  ReturnType<T["extract"]> extends AsyncIterable<infer R> ? R : never;

/** 200 pages. */
function startLargeAccount(): Promise<Rig> {
  return startRig({ latency: 100, scenario: scale({ count: 20_000, objectTypes: ["payment_intent"] }) });
}
