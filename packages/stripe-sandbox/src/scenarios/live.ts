import type { Account, LiveOptions } from "../account.js";
import { textIn } from "../json/json-value.js";
import { createRandom, type Random } from "../random.js";
import { type AccountStore, objectOf } from "../store/account-store.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Something that can happen, and how often it does compared with the others. Does nothing where nothing fits. */
interface Happening {
  readonly name: string;
  readonly weight: number;
  happen(account: Account, random: Random, store: AccountStore): boolean;
}

const HAPPENINGS: readonly Happening[] = [
  {
    name: "customer created",
    weight: 3,
    happen(account, random) {
      const number = random.integer(10_000, 99_999);
      account.customers.create({ name: `New Client ${number}`, email: `new${number}@example.com` });
      return true;
    },
  },
  {
    name: "customer updated",
    weight: 3,
    happen: (account, random, store) =>
      withOne(store, "customer", random, (id) =>
        account.customers.update(id, { phone: `+1416555${random.integer(1000, 9999)}` }),
      ),
  },
  {
    name: "customer deleted",
    weight: 0.5,
    happen: (account, random, store) => withOne(store, "customer", random, (id) => account.customers.delete(id)),
  },
  {
    name: "invoice created",
    weight: 3,
    happen: (account, random, store) =>
      withOne(store, "customer", random, (customer) =>
        account.invoices.create({ customer }, random.chance(0.2) ? random.integer(11, 30) : random.integer(1, 10)),
      ),
  },
  {
    name: "invoice line added",
    weight: 1,
    happen: (account, random, store) =>
      withOne(store, "invoice", random, (id) => account.invoices.addLine(id), ["draft"]),
  },
  {
    name: "invoice finalized",
    weight: 2,
    happen: (account, random, store) =>
      withOne(store, "invoice", random, (id) => account.invoices.finalize(id), ["draft"]),
  },
  {
    name: "invoice paid",
    weight: 2,
    happen: (account, random, store) => withOne(store, "invoice", random, (id) => account.invoices.pay(id), ["open"]),
  },
  {
    name: "invoice voided",
    weight: 0.5,
    happen: (account, random, store) => withOne(store, "invoice", random, (id) => account.invoices.void(id), ["open"]),
  },
  {
    name: "draft deleted",
    weight: 0.5,
    happen: (account, random, store) =>
      withOne(store, "invoice", random, (id) => account.invoices.delete(id), ["draft"]),
  },
  {
    name: "payment succeeded",
    weight: 8,
    happen: (account, random, store) =>
      withOne(store, "customer", random, (customer) => {
        const intent = account.paymentIntents.create({ customer, amount: random.integer(60, 260) * 100 });
        if (random.chance(0.9)) account.paymentIntents.succeed(intent.id);
      }),
  },
  {
    name: "payment canceled",
    weight: 1,
    happen: (account, random, store) =>
      withOne(store, "payment_intent", random, (id) => account.paymentIntents.cancel(id), ["requires_payment_method"]),
  },
  {
    name: "payment metadata changed",
    weight: 1,
    happen: (account, random, store) =>
      withOne(store, "payment_intent", random, (id) =>
        account.paymentIntents.update(id, { metadata: { note: String(random.integer(1, 1e6)) } }),
      ),
  },
  {
    name: "refund created",
    weight: 1,
    happen: (account, random, store) =>
      withOne(store, "payment_intent", random, (payment_intent) => account.refunds.create({ payment_intent }), [
        "succeeded",
      ]),
  },
  {
    name: "refund failed",
    weight: 0.3,
    happen: (account, random, store) =>
      withOne(store, "refund", random, (id) => account.refunds.fail(id), ["succeeded"]),
  },
];

/** Lets changes happen at random instants over so many days; afterwards the clock stands at their end. */
export function live(
  account: Account,
  store: AccountStore,
  days: number,
  { seed = 1, changesPerDay = 20 }: LiveOptions = {},
): Record<string, number> {
  const random = createRandom(seed);
  const { clock } = store;
  const startMs = clock.now();
  const instants = Array.from({ length: Math.round(days * changesPerDay) }, () => random.next() * days * DAY_MS);
  const happened: Record<string, number> = {};
  let passedMs = 0;
  for (const instantMs of instants.sort((a, b) => a - b)) {
    clock.advance(instantMs - passedMs);
    passedMs = instantMs;
    const happening = pickByWeight(random);
    if (happening.happen(account, random, store)) {
      happened[happening.name] = (happened[happening.name] ?? 0) + 1;
    }
  }
  clock.advance(Math.max(0, startMs + days * DAY_MS - clock.now()));
  return happened;
}

function pickByWeight(random: Random): Happening {
  const sum = HAPPENINGS.reduce((total, { weight }) => total + weight, 0);
  let rest = random.next() * sum;
  return HAPPENINGS.find(({ weight }) => (rest -= weight) < 0) ?? (HAPPENINGS[0] as Happening);
}

/** Does something to a random object in one of the given states; half of the time to one of the newest. */
function withOne(
  store: AccountStore,
  objectType: string,
  random: Random,
  change: (id: string) => unknown,
  statuses?: readonly string[],
): boolean {
  const shelf = store.shelf(objectType);
  if (shelf.length === 0) return false;
  for (let tries = 0; tries < 40; tries++) {
    const oldest = random.chance(0.5) ? Math.max(0, shelf.length - 50) : 0;
    const entry = shelf.at(random.integer(oldest, shelf.length - 1));
    if (entry === undefined) continue;
    if (statuses !== undefined && !statuses.includes(textIn(objectOf(entry), "status"))) continue;
    change(entry.id);
    return true;
  }
  return false;
}
