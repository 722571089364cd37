import { mensio } from "stripe-sandbox";
import { describe, expect, it, onTestFinished } from "vitest";
import { stripeSource } from "../../src/index.js";
import type { Cursor } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { change, fill } from "./filled-account.js";
import { collect } from "../../src/testing/stream-context.js";
import { OtherStripe } from "./other-stripe.js";
import { expectTruth, failureOf, type Rig, runInto, startRig, streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;

async function startFilled(): Promise<{ rig: Rig; mirror: Mirror }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  fill(
    rig.sandbox,
    "customer",
    Array.from({ length: 150 }, (_, index) => now - DAY * (index + 1)),
  );
  return { rig, mirror: new Mirror() };
}

const accountRequests = ({ sandbox }: Rig): number => sandbox.requests.endpoints["GET /v1/account"]?.requests ?? 0;

describe("a key", () => {
  it("that is the same as last time costs no request for its account", async () => {
    const { rig, mirror } = await startFilled();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(accountRequests(rig)).toBe(1);
    rig.clock.advance(DAY_MS);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(accountRequests(rig)).toBe(1);
  });

  it("that was rotated goes on where the old one stopped, after one request for its account", async () => {
    const { rig, mirror } = await startFilled();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    rig.clock.advance(DAY_MS);
    change(rig.sandbox, "customers", "customer_000100");
    rig.clock.advance(120_000);
    const apiKey = rig.sandbox.addKey("all");
    rig.sandbox.revokeKey(rig.sandbox.key);
    const { upserts } = await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expectTruth(rig, mirror, "customer");
    expect(upserts.size).toBeLessThan(110);
    expect(accountRequests(rig)).toBe(2);
    rig.clock.advance(DAY_MS);
    await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expect(accountRequests(rig)).toBe(2);
  });

  it.each(["increment", "full", "window"] as const)(
    "of another account ends a read before its first batch: %s",
    async (kind) => {
      const { rig, mirror } = await startFilled();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
      rig.clock.advance(DAY_MS);
      const before = new Map(mirror.rows);
      const options = kind === "full" ? { full: true } : kind === "window" ? { window: {} } : {};
      const error = await failureOf(
        runInto(rig, mirror, streamOf(rig.open({ apiKey: other.key }), "customers"), options),
      );
      expect(error).toMatchObject({ code: "SOURCE_ACCOUNT_CHANGED", remedy: "fix-config" });
      expect(error.message).toContain(other.id);
      expect(mirror.rows).toEqual(before);
    },
  );

  it("of another account, or of the other mode, ends a retrieval before an object is asked for: nothing is taken for deleted", async () => {
    const { rig, mirror } = await startFilled();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    const cursor = mirror.cursor ?? null;
    const retrieve = (apiKey: string): Promise<unknown> =>
      rig.clock.run(collect(streamOf(rig.open({ apiKey }), "customers").retrieve(["customer_000100"], { cursor })));
    const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
    const test = rig.sandbox.addAccount({ livemode: false, id: rig.sandbox.id });
    expect(await failureOf(retrieve(other.key))).toMatchObject({ code: "SOURCE_ACCOUNT_CHANGED" });
    expect(await failureOf(retrieve(test.key))).toMatchObject({ code: "SOURCE_MODE_CHANGED" });
    expect(await retrieve(rig.sandbox.key)).toMatchObject([{ op: "upsert", id: "customer_000100" }]);
  });

  it("of another account is found out by the checkpoint of any stream, also where the stream itself has none", async () => {
    const { rig, mirror } = await startFilled();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    const accountOf = [mirror.cursor ?? null];
    const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
    for (const options of [{}, { window: {} }, { full: true }]) {
      const refunds = new Mirror();
      const reading = runInto(rig, refunds, streamOf(rig.open({ apiKey: other.key }), "refunds"), {
        ...options,
        accountOf,
      });
      expect(await failureOf(reading)).toMatchObject({ code: "SOURCE_ACCOUNT_CHANGED" });
      expect(refunds.rows.size).toBe(0);
    }
    // One that does not know it takes nothing from one that does.
    const unknowing = { ...(mirror.cursor as Record<string, Cursor>), account: null };
    const refunds = new Mirror();
    await runInto(rig, refunds, streamOf(rig.open(), "refunds"), { accountOf: [...accountOf, unknowing] });
    expect(refunds.cursor).toMatchObject({ account: rig.sandbox.id });
    // The same account's own stream goes on, with a rotated key, too.
    const rotated = rig.sandbox.addKey("all");
    await runInto(rig, new Mirror(), streamOf(rig.open({ apiKey: rotated }), "refunds"), { accountOf });
  });

  it("of the other mode ends a read before anything is sent", async () => {
    const { rig, mirror } = await startFilled();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    const test = rig.sandbox.addAccount({ livemode: false, id: rig.sandbox.id });
    const sent = rig.sandbox.requests.count;
    const error = await failureOf(runInto(rig, mirror, streamOf(rig.open({ apiKey: test.key }), "customers")));
    expect(error).toMatchObject({ code: "SOURCE_MODE_CHANGED", remedy: "fix-config" });
    expect(rig.sandbox.requests.count).toBe(sent);
  });

  it("that may not read its account is taken at its word, and remembered as far as it tells", async () => {
    const { rig, mirror } = await startFilled();
    const restricted = rig.sandbox.addKey(["customer_read", "event_read"]);
    await runInto(rig, mirror, streamOf(rig.open({ apiKey: restricted }), "customers"));
    expect(mirror.cursor).toMatchObject({ account: null, live: true });
    rig.clock.advance(DAY_MS);
    // One that may: from then on the account is known.
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(mirror.cursor).toMatchObject({ account: rig.sandbox.id });
    // And stays known, though the next one cannot confirm it.
    rig.clock.advance(DAY_MS);
    const storedIds = () => Promise.resolve([...mirror.rows.keys()].slice(0, 5));
    await runInto(rig, mirror, streamOf(rig.open({ apiKey: restricted }), "customers"), { storedIds });
    expect(mirror.cursor).toMatchObject({ account: rig.sandbox.id });
    const another = rig.sandbox.addKey(["customer_read", "event_read"]);
    await runInto(rig, mirror, streamOf(rig.open({ apiKey: another }), "customers"), { full: true, storedIds });
    expect(mirror.cursor).toMatchObject({ account: rig.sandbox.id });
    // Where nothing is stored that could confirm it, it is not known any more.
    const yetAnother = rig.sandbox.addKey(["customer_read", "event_read"]);
    const unconfirmed = new Mirror();
    unconfirmed.cursor = mirror.cursor as Cursor;
    await runInto(rig, unconfirmed, streamOf(rig.open({ apiKey: yetAnother }), "customers"), { full: true });
    expect(unconfirmed.cursor).toMatchObject({ account: null });
    expectTruth(rig, mirror, "customer");
    const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
    const error = await failureOf(runInto(rig, mirror, streamOf(rig.open({ apiKey: other.key }), "customers")));
    expect(error.code).toBe("SOURCE_ACCOUNT_CHANGED");
  });

  describe("that may not tell its account", () => {
    const permissions = ["customer_read", "event_read"];
    const kinds = { increment: {}, full: { full: true }, window: { window: {} } } as const;
    const storedIn = (mirror: Mirror) => () => Promise.resolve([...mirror.rows.keys()].slice(0, 5));

    it.each(Object.keys(kinds) as (keyof typeof kinds)[])(
      "and reads none of the objects that are stored ends a read before its first batch, whichever of the two keys cannot tell: %s",
      async (kind) => {
        for (const firstTells of [true, false]) {
          const { rig, mirror } = await startFilled();
          const apiKey = firstTells ? rig.sandbox.key : rig.sandbox.addKey(permissions);
          await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
          const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
          rig.clock.advance(DAY_MS);
          const before = new Map(mirror.rows);
          const otherKey = firstTells ? other.addKey(permissions) : other.key;
          const options = { ...kinds[kind], storedIds: storedIn(mirror) };
          const reading = runInto(rig, mirror, streamOf(rig.open({ apiKey: otherKey }), "customers"), options);
          expect(await failureOf(reading)).toMatchObject({ code: "SOURCE_ACCOUNT_CHANGED", remedy: "fix-config" });
          expect(mirror.rows).toEqual(before);
        }
      },
    );

    it("and reads a stored object goes on, after one request for it, and asks no more", async () => {
      const { rig, mirror } = await startFilled();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      const apiKey = rig.sandbox.addKey(permissions);
      const singles = (): number => rig.sandbox.requests.endpoints["GET /v1/customers/{id}"]?.requests ?? 0;
      for (const _ of [1, 2]) {
        rig.clock.advance(DAY_MS);
        const stored = storedIn(mirror);
        // The first of them was deleted since.
        const storedIds = async () => ["customer_gone", ...(await stored())];
        await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"), { storedIds });
        expect(singles()).toBe(2);
      }
      expectTruth(rig, mirror, "customer");
    });

    it("is not asked for a stored object again by the reads and retrievals that follow it", async () => {
      const { rig, mirror } = await startFilled();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      const stream = streamOf(rig.open({ apiKey: rig.sandbox.addKey(permissions) }), "customers");
      const cursor = mirror.cursor ?? null;
      let asked = 0;
      const storedIds = async () => ((asked += 1), ["customer_000100"]);
      for (const id of ["customer_000001", "customer_000002"])
        await rig.clock.run(collect(stream.retrieve([id], { cursor, storedIds })));
      await rig.clock.run(collect(stream.read({ cursor, storedIds, window: {} })));
      expect(asked).toBe(1);
    });

    it("goes on where nothing is stored yet", async () => {
      const { rig, mirror } = await startFilled();
      await runInto(
        rig,
        mirror,
        streamOf(rig.open({ apiKey: rig.sandbox.addKey(["refund_read", ...permissions]) }), "customers"),
      );
      const accountOf = [mirror.cursor ?? null];
      const apiKey = rig.sandbox.addKey(["charge_read", "event_read"]);
      const refunds = new Mirror();
      await runInto(rig, refunds, streamOf(rig.open({ apiKey }), "refunds"), {
        accountOf,
        storedIds: storedIn(refunds),
      });
      expect(refunds.cursor).toBeDefined();
    });

    it("takes nothing for deleted of another account's objects that are asked for singly", async () => {
      const { rig, mirror } = await startFilled();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
      const stream = streamOf(rig.open({ apiKey: other.addKey(permissions) }), "customers");
      const asked = { cursor: mirror.cursor ?? null, storedIds: storedIn(mirror) };
      const retrieving = rig.clock.run(collect(stream.retrieve(["customer_000100"], asked)));
      expect(await failureOf(retrieving)).toMatchObject({ code: "SOURCE_ACCOUNT_CHANGED" });
    });
  });

  it("of another account is found out also where a backfill was interrupted", async () => {
    const { rig, mirror } = await startFilled();
    rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: [2, 3] }, fault: { kind: "key-revoked" } });
    await failureOf(runInto(rig, mirror, streamOf(rig.open(), "customers")));
    expect(mirror.cursor).toBeDefined();
    const other = rig.sandbox.addAccount({ id: "acct_other" }, mensio({ seed: 7 }));
    const error = await failureOf(runInto(rig, mirror, streamOf(rig.open({ apiKey: other.key }), "customers")));
    expect(error.code).toBe("SOURCE_ACCOUNT_CHANGED");
  });

  it("is not asked for its account by a read of a window where nothing is stored yet: whatever keeps that back does no harm", async () => {
    const { rig, mirror } = await startFilled();
    rig.sandbox.faults.add({ match: { path: "/v1/account" }, fault: { kind: "stall" } });
    const { upserts } = await runInto(rig, mirror, streamOf(rig.open(), "customers"), { window: {} });
    expect(upserts.size).toBeGreaterThan(100);
    expect(accountRequests(rig)).toBe(0);
  });

  it("whose name does not tell its mode reads on, and what the others told stays known", async () => {
    const clock = new SteppedClock();
    const stripe = new OtherStripe(clock.now);
    const apiBase = await stripe.listen();
    onTestFinished(() => stripe.close());
    stripe.put({ id: "cus_1", object: "customer", created: Math.floor(clock.now() / 1000) - DAY });
    const mirror = new Mirror();
    const run = async (apiKey: string, options = {}): Promise<unknown> => {
      clock.advance(DAY_MS);
      const source = stripeSource({ apiKey, apiBase, clock, share: 1, random: () => 0.5 });
      return clock.run(mirror.run(streamOf(source, "customers"), options)).finally(() => source.close());
    };
    await run("of_a_proxy_that_puts_in_the_right_one");
    expect(mirror.cursor).toMatchObject({ live: null });
    await run("sk_live_other");
    for (const options of [{}, { full: true }]) {
      await run("of_a_proxy_that_puts_in_the_right_one", options);
      expect(mirror.cursor).toMatchObject({ live: true });
    }
    expect(await failureOf(run("sk_test_other"))).toMatchObject({ code: "SOURCE_MODE_CHANGED" });
  });

  it("that could not be asked for its account is asked again by the next stream of its source", async () => {
    const { rig, mirror } = await startFilled();
    const source = rig.open({ requestTimeoutMs: 5_000 });
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/account" }, fault: { kind: "server-error" } });
    const failed = await failureOf(runInto(rig, new Mirror(), streamOf(source, "refunds")));
    expect(failed).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    rule.remove();
    await runInto(rig, mirror, streamOf(source, "customers"));
    expect(mirror.cursor).toMatchObject({ account: rig.sandbox.id });
  });

  it("is asked for its account once, however many streams are read at a time", async () => {
    const { rig } = await startFilled();
    const source = rig.open();
    await rig.clock.run(Promise.all(Object.values(source.streams).map((stream) => new Mirror().run(stream))));
    expect(accountRequests(rig)).toBe(1);
  });
});

describe("a check", () => {
  it("passes with a key that may read nothing but works", async () => {
    const { rig } = await startFilled();
    await rig.clock.run(rig.open({ apiKey: rig.sandbox.addKey(["customer_read"]) }).check());
  });

  it("fails with a key that Stripe does not know", async () => {
    const { rig } = await startFilled();
    const error = await failureOf(rig.clock.run(rig.open({ apiKey: "sk_live_unknown" }).check()));
    expect(error.code).toBe("SOURCE_UNAUTHORIZED");
  });

  it("asks each time, so that it can tell that a key works no more", async () => {
    const { rig } = await startFilled();
    const source = rig.open();
    await rig.clock.run(source.check());
    rig.sandbox.revokeKey(rig.sandbox.key);
    const error = await failureOf(rig.clock.run(source.check()));
    expect(error.code).toBe("SOURCE_UNAUTHORIZED");
  });
});
