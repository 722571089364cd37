import { longId, shortId } from "../ids.js";
import type { JsonObject } from "../json/json-value.js";
import { type Random, randomFor } from "../random.js";
import { newCustomer } from "../resources/customers.js";
import { EVENT_RETENTION_MS } from "../resources/events.js";
import type { AccountStore } from "../store/account-store.js";
import { mensioInvoice } from "./mensio-invoices.js";
import { mensioCharge, mensioIntent, mensioRefund, type PlannedIntent } from "./mensio-payments.js";
import { CITIES, FIRST_NAMES, LAST_NAMES } from "./practice.js";
import type { Scenario } from "./scenario.js";

/** How much of each there is. */
export const MENSIO = {
  customers: 148,
  invoices: 273,
  /** So many of the invoices have more lines than a nested list shows. */
  longInvoices: 35,
  paymentIntents: 2653,
  refunds: 27,
} as const;

const TWO_YEARS_S = 2 * 365 * 24 * 60 * 60;
const RETENTION_S = EVENT_RETENTION_MS / 1000;

/**
 * A Canadian mental-health practice over the two years before the sandbox's time. Ids, dates and links are planned at
 * once, the objects' texts are written when they are first read: that keeps the start below some milliseconds.
 */
export function mensio(options: { seed?: number } = {}): Scenario {
  const seed = options.seed ?? 20_251_125;
  return { name: "mensio", populate: (account) => populate(account, seed) };
}

function populate(account: AccountStore, seed: number): void {
  const end = Math.floor(account.clock.now() / 1000) - 1;
  const start = end - TWO_YEARS_S;
  const random = randomFor(seed, "mensio");
  const dates = (count: number): number[] =>
    Array.from({ length: count }, () => officeHours(random, start, end)).sort((a, b) => a - b);
  const record = recorder(account, end - RETENTION_S, randomFor(seed, "events"));

  const customerIds = dates(MENSIO.customers).map((created, index) => {
    const id = shortId("cus_", random);
    record("customer", { id, created, text: () => JSON.stringify(customer(account, seed, index, id, created)) }, [
      "customer.created",
    ]);
    return id;
  });

  const longOnes = new Set(spread(MENSIO.invoices, MENSIO.longInvoices, random));
  for (const [index, created] of dates(MENSIO.invoices).entries()) {
    const id = longId("in_", random, account.id);
    const plan = { seed, index, id, created, customer: random.pick(customerIds), isLong: longOnes.has(index), end };
    const invoice = mensioInvoice(account, plan);
    record("invoice", { id, created, text: invoice.text }, invoice.events);
  }

  const intents: PlannedIntent[] = dates(MENSIO.paymentIntents).map((created, index) => ({
    seed,
    index,
    created,
    id: longId("pi_", random, account.id),
    charge: longId("ch_", random, account.id),
    customer: random.pick(customerIds),
    outcome: outcome(random),
    refunded: false,
  }));
  const paid = intents.filter((intent) => intent.outcome === "succeeded" && intent.created < end - 86_400);
  const refunded = spread(paid.length, MENSIO.refunds, random).map((at) => paid[at] as PlannedIntent);
  for (const intent of refunded) intent.refunded = true;

  for (const intent of intents) {
    const { id, created, outcome: result } = intent;
    record("payment_intent", { id, created, text: () => JSON.stringify(mensioIntent(account, intent)) }, [
      "payment_intent.created",
      ...(result === "requires_payment_method" ? [] : [`payment_intent.${result}`]),
    ]);
    if (result !== "succeeded") continue;
    const charge = { id: intent.charge, created, text: () => JSON.stringify(mensioCharge(account, intent)) };
    record("charge", charge, ["charge.succeeded"]);
  }
  const refundDates = refunded
    .map((intent) => ({ intent, created: Math.min(end, intent.created + random.integer(3600, 20 * 86_400)) }))
    .sort((a, b) => a.created - b.created);
  for (const { intent, created } of refundDates) {
    const id = longId("re_", random, account.id);
    record("refund", { id, created, text: () => JSON.stringify(mensioRefund(account, intent, id, created)) }, [
      "refund.created",
    ]);
  }
}

/** Puts an object on its shelf, and its events on theirs if they are young enough to be listed. */
function recorder(account: AccountStore, eventsSince: number, random: Random) {
  return (
    objectType: string,
    object: { id: string; created: number; text: () => string },
    eventTypes: readonly string[],
  ): void => {
    account.shelf(objectType).add(object);
    if (object.created <= eventsSince) return;
    const entry = account.entry(objectType, object.id);
    for (const type of eventTypes) {
      account.feed.record({ type, objectType, entry, created: object.created, random });
    }
  };
}

/** A second on a weekday between nine and six in Toronto (in winter time), rarer in the first months. */
function officeHours(random: Random, start: number, end: number): number {
  for (;;) {
    const at = start + Math.floor((end - start) * Math.sqrt(random.next()));
    const local = at - 5 * 3600;
    // The epoch began on a Thursday.
    const weekday = (Math.floor(local / 86_400) + 4) % 7;
    const hour = Math.floor((local % 86_400) / 3600);
    if (weekday !== 0 && weekday !== 6 && hour >= 9 && hour < 18) return at;
  }
}

/** So many different positions below `length`. */
function spread(length: number, count: number, random: Random): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.integer(0, length - 1));
  return [...chosen];
}

function outcome(random: Random): PlannedIntent["outcome"] {
  const draw = random.next();
  if (draw < 0.94) return "succeeded";
  return draw < 0.98 ? "canceled" : "requires_payment_method";
}

function customer(account: AccountStore, seed: number, index: number, id: string, created: number): JsonObject {
  const random = randomFor(seed, "customer", index);
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const [city, state, postal_code] = random.pick(CITIES);
  const hasAddress = random.chance(0.7);
  return newCustomer({
    id,
    created,
    livemode: account.livemode,
    address: hasAddress
      ? { city, country: "CA", line1: `${random.integer(1, 900)} Main St`, line2: null, postal_code, state }
      : null,
    currency: "cad",
    email: `client${index + 1}@example.com`,
    metadata: { client_number: String(1000 + index), intake: random.chance(0.5) ? "web" : "referral" },
    name,
    next_invoice_sequence: random.integer(1, 9),
    phone: random.chance(0.6) ? `+1416555${String(random.integer(100, 9999)).padStart(4, "0")}` : null,
    preferred_locales: random.chance(0.3) ? ["fr-CA"] : ["en-CA"],
  });
}
