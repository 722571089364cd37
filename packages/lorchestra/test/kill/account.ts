import { createRandom } from "../../src/testing/random.js";
import type { Life } from "./kill-plan.js";
import type { StripeProcess } from "./stripe-process.js";

export const OBJECT_TYPES = ["customer", "invoice", "payment_intent", "refund"] as const;

const HEAVY_CUSTOMERS = 2_400;
const HEAVY_BYTES = 20_000;

/** Adds to the seed's account what a life needs: odd payloads, and large ones. */
export async function furnish(stripe: StripeProcess, life: Life): Promise<void> {
  const { now_ms: nowMs } = (await stripe.control("advance", { ms: 0 })) as { now_ms: number };
  const nowS = Math.floor(nowMs / 1000);
  await stripe.control("settings", { layout: life.layout, volatile: life.isVolatile });
  for (const [index, fields] of ODD_FIELDS[life.warehouse].entries()) {
    await put(stripe, `cus_odd${index}`, nowS - 86_400 * (index + 1), fields);
  }
  if (life.account === "practice") return;
  const random = createRandom(life.seed);
  for (let from = 0; from < HEAVY_CUSTOMERS; from += 40) {
    const some = Array.from({ length: 40 }, (_, index) => from + index);
    await Promise.all(
      some.map((index) => {
        const created = nowS - 60 - Math.floor((index / HEAVY_CUSTOMERS) * 700 * 86_400);
        return put(
          stripe,
          `cus_heavy${index}`,
          created,
          `"description":"${noise(HEAVY_BYTES, random.integer(2 ** 31))}"`,
        );
      }),
    );
  }
}

/** Lets so many things happen in the account within two seconds of its time. */
export async function change(stripe: StripeProcess, count: number, seed: number): Promise<void> {
  if (count === 0) return;
  const days = 2 / 86_400;
  await stripe.control("live", { days, seed, changes_per_day: count / days });
}

/** A run reads Stripe's events up to a minute ago: after this time they all are older. */
export const EVENTS_ARRIVE_MS = 90_000;

export async function pass(stripe: StripeProcess, ms: number): Promise<void> {
  if (ms > 0) await stripe.control("advance", { ms });
}

async function put(stripe: StripeProcess, id: string, created: number, fields: string): Promise<void> {
  const json = `{"id":"${id}","object":"customer","created":${created},${fields}}`;
  await stripe.control("mutate", { call: "put", args: ["customer", json] });
}

/** What both warehouses keep, and what only a text keeps: digits as written, lone surrogates, NUL, a name twice. */
const KEPT_BY_BOTH = [
  `"n":9007199254740993,"max":9223372036854775807,"least":-9223372036854775808`,
  `"amount_decimal":"1.230000000000","rate":0.1,"a_field_of_next_year":{"deep":[null,true,{"x":[]}]}`,
  `"name":"Zoë 🦆🧑‍🚀 ﷽","__proto__":{"polluted":true},"":"","list":[],"map":{}`,
];
const ODD_FIELDS: Readonly<Record<Life["warehouse"], readonly string[]>> = {
  bigquery: KEPT_BY_BOTH,
  duckdb: [
    ...KEPT_BY_BOTH,
    `"rate":1.230000000000,"small":1E-7,"zero":-0.0,"huge":123456789012345678901234567890`,
    `"name":"a\\ud800b","nul":"a\\u0000b","escapes":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f"`,
    `"n":1,"n":2`,
  ],
};

/** Text that hardly compresses. */
function noise(length: number, seed: number): string {
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}
