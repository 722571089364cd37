import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { SourceError, stripeSource } from "../../src/index.js";
import { Mirror } from "../../src/testing/index.js";
import { KINDS, STREAM_NAMES, type StreamName } from "./filled-account.js";
import { type Liberties, OtherStripe, type StripeObject } from "./other-stripe.js";
import { streamOf } from "./rig.js";
import { SteppedClock } from "./stepped-clock.js";

const DAY = 86_400;
const STOPPED = new Error("it was stopped");

interface Place {
  readonly clock: SteppedClock;
  readonly stripe: OtherStripe;
  readonly mirrors: ReadonlyMap<StreamName, Mirror>;
  /** Reads all streams together, as a new process would. */
  run(options?: { stopAfter?: number }): Promise<void>;
  /** Every object that exists, and no other, as it is now. */
  expectTruth(): void;
  close(): Promise<void>;
}

async function start(liberties: Liberties): Promise<Place> {
  const clock = new SteppedClock();
  const stripe = new OtherStripe(clock.now, liberties);
  const apiBase = await stripe.listen();
  const mirrors = new Map(STREAM_NAMES.map((name) => [name, new Mirror()]));
  return {
    clock,
    stripe,
    mirrors,
    async run({ stopAfter = Infinity } = {}) {
      const source = stripeSource({ apiKey: "sk_live_other", apiBase, clock, share: 1, random: () => 0.5 });
      const abort = new AbortController();
      let pages = 0;
      const observe = ({ type }: { type: string }): void => {
        if (type === "progress" && (pages += 1) > stopAfter) abort.abort(STOPPED);
      };
      const runs = [...mirrors].map(([name, mirror]) =>
        mirror.run(streamOf(source, name), { observe, signal: abort.signal }),
      );
      const settled = clock.run(Promise.all(runs)).finally(() => source.close());
      await settled.catch((error: unknown) => {
        if (error !== STOPPED) throw error;
      });
    },
    expectTruth() {
      for (const [name, mirror] of mirrors) {
        const { objects } = mirror;
        const truth = stripe.truth(KINDS[name].type);
        expect([...objects.keys()].toSorted()).toEqual(truth.map(({ id }) => id).toSorted());
        for (const object of truth) expect(objects.get(object.id)).toEqual(object);
      }
    },
    close: () => stripe.close(),
  };
}

/** An object with fields that no version of Stripe has. */
function made(name: StreamName, id: string, created: number | null, lines = 1): StripeObject {
  const { type } = KINDS[name];
  const object = { id, object: type, amount: 1, created, unheard_of: { deep: [null, 1.5, "é"] }, note: "as made" };
  if (name !== "invoices") return object;
  const data = Array.from({ length: lines }, (_, index) => ({
    id: `il_${index}_of_${lines}_${id}`,
    object: "line_item",
    created: null,
    index,
  }));
  return { ...object, lines: { object: "list", has_more: false, data, url: `/v1/invoices/${id}/lines`, count: lines } };
}

/** Two in some seconds, many in one, and one without `created`. */
function fill({ stripe, clock }: Place): void {
  const now = Math.floor(clock.now() / 1000);
  const seconds = [
    ...Array.from({ length: 100 }, (_, index) => now - 7_000 * (index >> 1)),
    ...Array.from({ length: 150 }, () => now - 40 * DAY),
    ...Array.from({ length: 50 }, (_, index) => now - 50 * DAY - index * DAY),
    null,
  ];
  const lines = [0, 1, 10, 11, 37, 1_000];
  for (const name of STREAM_NAMES) {
    for (const [index, created] of seconds.entries())
      stripe.put(made(name, `${name}_${index}`, created, lines[index] ?? 2));
  }
}

const LIBERTIES: Readonly<Record<string, Liberties>> = {
  "full pages": {},
  "fewer objects on a page than were asked for": { pageOf: (limit) => Math.ceil(limit / 3) },
  "pages that are too large to take": { heavierThan: 30 },
  "bodies that are compressed, and a web page for what it does not have": { gzip: true, html: 405 },
};

describe("a Stripe that refuses to tell of events", () => {
  async function runRefused(param: string): Promise<Place> {
    let isRefused = false;
    const error = { type: "invalid_request_error", message: "Invalid request.", param };
    const place = await start({
      refuses: ({ pathname }) => (isRefused && pathname === "/v1/events" ? [400, { error }] : null),
    });
    onTestFinished(() => place.close());
    const { stripe, clock } = place;
    const now = Math.floor(clock.now() / 1000);
    for (let index = 1; index <= 200; index += 1) stripe.put(made("customers", `cus_${index}`, now - index * DAY));
    await place.run();
    clock.advance(DAY * 1000);
    stripe.put({ ...made("customers", "cus_150", now - 150 * DAY), note: "changed" });
    isRefused = true;
    return place;
  }

  it("of a time so long ago has everything read again", async () => {
    const place = await runRefused("created[gte]");
    await place.run();
    place.expectTruth();
  });

  it("for anything else ends the run: that no event came is not taken for news", async () => {
    const place = await runRefused("types[0]");
    const cursors = [...place.mirrors.values()].map(({ cursor }) => cursor);
    await expect(place.run()).rejects.toMatchObject({ code: "SOURCE_REQUEST_REFUSED" });
    expect([...place.mirrors.values()].map(({ cursor }) => cursor)).toEqual(cursors);
  });
});

it("asks once more for a page that shows again, as the last of its second, what an earlier page had", async () => {
  let earlier: string | null = null;
  let isRepeated = false;
  const place = await start({
    pageOf: () => 1,
    refuses: ({ pathname, searchParams }) => {
      const after = searchParams.get("starting_after");
      if (pathname !== "/v1/customers" || after === null || isRepeated) return null;
      earlier ??= after;
      if (earlier === after) return null;
      isRepeated = true;
      return [200, { object: "list", url: pathname, has_more: false, data: [place.stripe.objects.get(earlier)] }];
    },
  });
  onTestFinished(() => place.close());
  const second = Math.floor(place.clock.now() / 1000) - DAY;
  for (const id of ["a", "b", "c", "d"]) place.stripe.put(made("customers", id, second));
  await place.run();
  expect(isRepeated).toBe(true);
  place.expectTruth();
});

describe.each(Object.entries(LIBERTIES))("a Stripe with %s", (_, liberties) => {
  it("is read to its last row, at first and after anything happened", { timeout: 60_000 }, async () => {
    const place = await start(liberties);
    onTestFinished(() => place.close());
    const { stripe, clock } = place;
    fill(place);
    await place.run();
    place.expectTruth();

    clock.advance(DAY * 1000);
    for (const name of STREAM_NAMES) {
      const { changed, created, deleted } = KINDS[name];
      const now = Math.floor(clock.now() / 1000);
      for (let index = 0; index < 300; index += 30) {
        const { created: at } = stripe.objects.get(`${name}_${index}`) ?? { created: 0 };
        stripe.put({ ...made(name, `${name}_${index}`, at, 12), note: "changed" }, changed);
      }
      for (let index = 0; index < 110; index += 1) stripe.put(made(name, `${name}_new_${index}`, now), created);
      for (const index of [3, 160, 299, 300]) stripe.remove(`${name}_${index}`, deleted);
      // A creation of which nothing tells.
      stripe.put(made(name, `${name}_silent`, now));
    }
    clock.advance(120_000);
    await place.run();
    place.expectTruth();

    clock.advance(DAY * 1000);
    for (const name of STREAM_NAMES) {
      stripe.put(made(name, `${name}_3`, 1_700_000_000), KINDS[name].changed);
      stripe.remove(`${name}_new_7`, KINDS[name].deleted);
    }
    // Nothing tells of these: they come with a complete reading, as after a long time.
    for (const name of STREAM_NAMES) stripe.remove(`${name}_41`);
    clock.advance(40 * DAY * 1000);
    await place.run();
    place.expectTruth();
  });
});

it("an invoice whose lines change faster than they can be read ends the read with an error, and loses nothing", async () => {
  let isRestless = true;
  let turns = 0;
  const place = await start({
    before(address) {
      const id = /^\/v1\/invoices\/(\w+)\/lines/.exec(address)?.[1];
      const invoice = stripe.objects.get(id ?? "");
      // Each time, the lines that the invoice showed have just been replaced.
      if (isRestless && invoice) stripe.put(made("invoices", invoice.id, invoice.created, 12 + (turns += 1)));
    },
  });
  const { stripe, clock } = place;
  onTestFinished(() => place.close());
  const now = Math.floor(clock.now() / 1000);
  for (let index = 0; index < 250; index += 1)
    stripe.put(made("invoices", `in_${index}`, now - DAY * index, index === 180 ? 12 : 1));
  await expect(place.run()).rejects.toMatchObject({ code: "SOURCE_RESPONSE_INVALID", remedy: "retry" });
  isRestless = false;
  await place.run();
  place.expectTruth();
});

/** What somebody does while a list is paged through: at which request, and to which object. */
interface Meddling {
  readonly at: number;
  readonly what: "delete the page token" | "delete" | "change" | "create" | "restore";
  readonly which: number;
}

const meddlings: fc.Arbitrary<Meddling> = fc.record({
  at: fc.nat({ max: 40 }),
  what: fc.constantFrom("delete the page token", "delete", "change", "create", "restore"),
  which: fc.nat(),
});

const accounts = fc.record({
  name: fc.constantFrom("customers" as const, "invoices" as const),
  /** How many objects, so many seconds before the first ones. */
  crowds: fc.array(
    fc.record({ count: fc.nat({ max: 130 }), gap: fc.nat({ max: 4_000_000 }), step: fc.nat({ max: 3 }) }),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  /** Old as Unix time itself, or as old as accounts are. */
  isAncient: fc.boolean(),
  undated: fc.nat({ max: 25 }),
  pageSize: fc.integer({ min: 3, max: 100 }),
  gone: fc.record({ status: fc.constantFrom(400 as const, 404 as const), param: fc.boolean() }),
  meddling: fc.array(meddlings, { maxLength: 12 }),
  passesMs: fc.nat({ max: 1_500 }),
  isOneWay: fc.boolean(),
  /** Runs that are stopped after so many pages, and whether the objects at which they would go on are then deleted. */
  stops: fc.array(fc.record({ after: fc.nat({ max: 12 }), isGone: fc.boolean() }), { maxLength: 4 }),
});

/** A step of the sweep that was to go on after an object that is gone begins above its range, where another list reads. */
const SWEPT_FROM_THE_TOP: typeof accounts extends fc.Arbitrary<infer Account> ? Account : never = {
  name: "customers",
  crowds: [{ count: 0, gap: 0, step: 0 }],
  isAncient: false,
  undated: 3,
  pageSize: 3,
  gone: { status: 400, param: false },
  meddling: [{ at: 0, what: "create", which: 0 }],
  passesMs: 0,
  isOneWay: false,
  stops: [
    { after: 2, isGone: false },
    { after: 0, isGone: true },
  ],
};

/** Who changes a small account may change one invoice each time that its lines are read: that run ends, and the next one goes on. */
function unlessRestless(error: unknown): void {
  if (!(error instanceof SourceError) || !error.message.includes("the object changed each time")) throw error;
}

/** One invoice, which changes once in each of the six times that it is read. */
const RESTLESS: typeof SWEPT_FROM_THE_TOP = {
  ...SWEPT_FROM_THE_TOP,
  name: "invoices",
  undated: 0,
  meddling: [
    { at: 4, what: "delete the page token", which: 942_071_344 },
    { at: 2, what: "delete the page token", which: 213_700_786 },
    { at: 16, what: "delete the page token", which: 679_256_296 },
    { at: 14, what: "delete the page token", which: 26_446_411 },
    { at: 23, what: "delete the page token", which: 527_198_659 },
    { at: 0, what: "create", which: 557_693_131 },
    { at: 31, what: "change", which: 0 },
  ],
  stops: [],
};

const FUZZ_RUNS = Number(process.env["INJEST_FUZZ_RUNS"] ?? 20);

it("any account is read right, whatever somebody does to it meanwhile", { timeout: FUZZ_RUNS * 3_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(accounts, async (account) => {
      const { name } = account;
      const { changed, created, deleted } = KINDS[name];
      let requests = 0;
      let turns = 0;
      const before = (address: string): void => {
        if (!address.startsWith(`/v1/${name}`)) return;
        place.clock.advance(account.passesMs);
        for (const { what, which } of account.meddling.filter(({ at }) => at === requests))
          meddle(address, what, which);
        requests += 1;
      };
      const place = await start({
        pageOf: () => account.pageSize,
        gone: account.gone,
        isOneWay: account.isOneWay,
        before,
      });
      const { stripe, clock, mirrors } = place;
      const gone: StripeObject[] = [];
      const second = (): number => Math.floor(clock.now() / 1000);

      function meddle(address: string, what: Meddling["what"], which: number): void {
        const token = new URL(address, "http://stripe").searchParams.get("starting_after");
        const all = stripe.truth(KINDS[name].type);
        const object = what === "delete the page token" ? stripe.objects.get(token ?? "") : all[which % all.length];
        const invoice = stripe.objects.get(/^\/v1\/invoices\/(\w+)/.exec(address)?.[1] ?? "");
        if (invoice && which % 3 > 0)
          stripe.put({ ...made(name, invoice.id, invoice.created, which % 40), note: (turns += 1) }, changed);
        else if (what === "create") stripe.put(made(name, `obj_new_${(turns += 1)}`, second(), which % 40), created);
        else if (what === "restore" && gone.length > 0)
          for (const back of gone.splice(0, 1)) stripe.put({ ...back, note: `is back ${(turns += 1)}` }, changed);
        else if (what === "change" && object) stripe.put({ ...object, note: (turns += 1) }, changed);
        else if (object) {
          // One with more lines than a list shows is read singly: it would come as it is now, and again once the list has it back.
          if (!object.lines || object.lines.data.length <= 10) gone.push(object);
          stripe.remove(object.id, deleted);
        }
      }

      let at = account.isAncient ? 2_000_000 : second() - DAY;
      for (const [crowd, { count, gap, step }] of account.crowds.entries()) {
        for (let index = 0; index < count; index += 1)
          stripe.put(
            made(name, `obj_${crowd}_${index}`, Math.max(1, at - index * step), index % 9 === 0 ? index % 40 : 2),
          );
        at -= gap;
      }
      for (let index = 0; index < account.undated; index += 1) stripe.put(made(name, `obj_none_${index}`, null));
      for (const other of mirrors.keys()) if (other !== name) (mirrors as Map<StreamName, Mirror>).delete(other);
      try {
        for (const { after, isGone } of account.stops) {
          await place.run({ stopAfter: after }).catch(unlessRestless);
          const cursor = JSON.stringify(mirrors.get(name)?.cursor ?? "");
          for (const [, id = ""] of isGone ? cursor.matchAll(/"(obj_\w+)"/g) : []) stripe.remove(id, deleted);
          clock.advance(120_000);
        }
        for (let runs = 0; runs < 2; runs += 1) {
          await place.run().catch(unlessRestless);
          clock.advance(120_000);
          requests = runs === 0 ? 0 : Infinity;
        }
        await place.run();
        place.expectTruth();
      } finally {
        await place.close();
      }
    }),
    { numRuns: FUZZ_RUNS, examples: [[SWEPT_FROM_THE_TOP], [RESTLESS]] },
  );
});
