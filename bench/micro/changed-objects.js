/**
 * Memory that a later run takes for the objects which Stripe's events name, before the first of them is read again. Run it
 * after a build: `node --expose-gc bench/micro/changed-objects.js`
 */
const stripe = new URL("../../packages/injest/dist/stripe/", import.meta.url);
const { STREAMS } = await import(new URL("catalog.js", stripe).href);
const { readFeed } = await import(new URL("change-feed.js", stripe).href);
const { rereadObjects } = await import(new URL("reread.js", stripe).href);

const spec = STREAMS.find(({ name }) => name === "payment_intents");
const DAYS = 20;
const now = Math.floor(Date.now() / 1000);
const from = now - DAYS * 86_400;
const never = new Promise(() => undefined);

for (const count of [10_000, 100_000, 1_000_000]) {
  const before = await heap();
  const position = { from, floor: from, seen: [], isForbidden: false };
  const feed = await readFeed(clientOf(count), spec, position, {
    isUseless: () => false,
    recentSince: () => now - 960,
  });
  const named = (await heap()) - before;
  // Of which windows the objects are to be listed is decided at the first step; no window is ever answered.
  const listing = { endpoint: spec.path, path: spec.path, parameters: [], nestedLists: [] };
  const options = { client: { ...clientOf(0), get: () => never }, listing, reader: { changesOf: () => [] } };
  const again = rereadObjects(feed.objects, { ...options, density: count / (DAYS * 86_400) });
  void again.next();
  const planned = (await heap()) - before;
  const each = (bytes) => `${Math.round(bytes / 1e6)} MB, ${Math.round(bytes / feed.objects.size)} bytes each`;
  console.log(`${feed.objects.size.toLocaleString("en")} objects: named ${each(named)}; with windows ${each(planned)}`);
}
process.exit();

async function heap() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

/** One event for each of so many payment intents, at even distances; answered without a network. */
function clientOf(count) {
  const createdOf = (index) => now - 1 - Math.floor((index * (now - 1 - from)) / Math.max(1, count));
  return {
    clock: { wallMs: () => now * 1000, monotonicMs: () => performance.now(), sleep: () => never },
    limiter: {
      acquire: async () => ({ refund() {}, done() {} }),
      rateOf: () => 25,
      latencyOf: () => null,
      limitOf: () => 25,
      inUse: () => 0,
    },
    async get({ path }, parse) {
      const asked = new URL(path, "http://stripe").searchParams;
      const [gte, lt] = ["gte", "lt"].map((name) => asked.get(`created[${name}]`));
      const [after, upTo] = ["starting_after", "ending_before"].map((name) => asked.get(name)?.slice(4));
      const inRange = (index) => index >= 0 && index < count && createdOf(index) >= Number(gte ?? 0);
      const limit = Number(asked.get("limit"));
      let first = after === undefined ? firstBelow(createdOf, count, Number(lt ?? Infinity)) : Number(after) + 1;
      if (upTo !== undefined)
        first = Math.max(firstBelow(createdOf, count, Number(lt ?? Infinity)), Number(upTo) - limit);
      const last = upTo === undefined ? first + limit : Number(upTo);
      const data = [];
      for (let index = first; index < Math.min(last, first + limit) && inRange(index); index += 1)
        data.push(eventOf(index, createdOf(index)));
      const body = JSON.stringify({ object: "list", data, has_more: inRange(first + data.length) });
      return parse(Buffer.from(body), { requestId: null, sentMs: 0, receivedMs: 0 });
    },
  };
}

/** The newest event that happened before a second. */
function firstBelow(createdOf, count, second) {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (createdOf(middle) < second) high = middle;
    else low = middle + 1;
  }
  return low;
}

function eventOf(index, created) {
  const id = `pi_3S${String(index).padStart(12, "0")}B7WZ01zgkW`;
  const data = { object: { id, object: "payment_intent", created: created - 60 } };
  return { id: `evt_${index}`, object: "event", created, type: "payment_intent.succeeded", data };
}
