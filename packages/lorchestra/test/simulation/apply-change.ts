import type { Sandbox, StripeObject } from "stripe-sandbox";
import type { Change, ChangeKind } from "./moments.js";

/** An object that has changed, and whether a Stripe event says so. */
export interface Changed {
  readonly objectType: ObjectType;
  readonly id: string;
  readonly isAnnounced: boolean;
  readonly isCreation: boolean;
  readonly isDeletion: boolean;
}

export const OBJECT_TYPES = ["customer", "invoice", "payment_intent", "refund"] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Changes the account; what is not possible in an object's state does not happen. */
export function applyChange(sandbox: Sandbox, ids: Ids, change: Change): Changed[] {
  const { pick, count, isSilent } = change;
  const what = change.what === "largest.change" ? changeOf(ids.largest, pick) : change.what;
  const [objectType, verb] = what.split(".") as [ObjectType, string];
  const creates = isCreation(change);
  const isDeletion = verb === "delete" || verb === "remove";
  const changed: Changed[] = [];
  for (let index = 0; index < count; index += 1) {
    const serial = ids.nextSerial();
    const id = ids.pick(verb === "create" && objectType === "refund" ? "payment_intent" : objectType, pick + index);
    const apply = (): StripeObject | void => CHANGES[what](sandbox, id ?? "", pick + index, serial);
    let object: StripeObject | void;
    try {
      if (id === undefined && !creates) continue;
      object = isSilent ? sandbox.events.silently(apply) : apply();
    } catch (error) {
      // Of an object in another state Stripe refuses it, too.
      if (error instanceof RangeError) continue;
      throw error;
    }
    const changedId = creates ? (object?.id ?? "") : (id ?? "");
    // Of what is not whole only the list tells.
    if (verb === "create") ids.add(objectType, changedId);
    changed.push({ objectType, id: changedId, isAnnounced: !isUnannounced(change), isCreation: creates, isDeletion });
  }
  return changed;
}

/** Whether no Stripe event tells of it. */
export function isUnannounced({ what, isSilent }: Change): boolean {
  return isSilent || (what !== "largest.change" && UNANNOUNCED.has(what));
}

/** Whether it makes objects: these are listed, so that no event has to tell of them. */
export function isCreation({ what }: Change): boolean {
  return what.endsWith(".create") || what.endsWith(".appear");
}

/** All ids that there ever were, by type. */
export class Ids {
  #serial = 0;
  readonly #byType = new Map<ObjectType, string[]>(OBJECT_TYPES.map((type) => [type, []]));

  /** Another one for each change: the same change of the same object changes it again. */
  nextSerial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** The type of which there are most. */
  get largest(): ObjectType {
    const count = (type: ObjectType): number => this.#byType.get(type)?.length ?? 0;
    return OBJECT_TYPES.reduce((most, type) => (count(type) > count(most) ? type : most));
  }

  add(objectType: ObjectType, id: string): void {
    this.#byType.get(objectType)?.push(id);
  }

  /** One of all, or, from `NEWEST_FIRST` on, one of the newest. */
  pick(objectType: ObjectType, at: number): string | undefined {
    const ids = this.#byType.get(objectType) ?? [];
    if (at < NEWEST_FIRST) return ids[at % ids.length];
    return ids[ids.length - 1 - ((at - NEWEST_FIRST) % ids.length)];
  }
}

export const NEWEST_FIRST = 800;

/** Stripe has no event of these. */
const UNANNOUNCED: ReadonlySet<ChangeKind> = new Set([
  "payment_intent.update",
  "customer.restore",
  "refund.remove",
  "customer.appear",
  "payment_intent.appear",
]);

function changeOf(objectType: ObjectType, pick: number): ChangeKind {
  const kinds = ANNOUNCED[objectType];
  return kinds[pick % kinds.length] ?? "customer.update";
}

const ANNOUNCED: Readonly<Record<ObjectType, readonly ChangeKind[]>> = {
  customer: ["customer.update", "customer.update", "customer.update", "customer.delete"],
  invoice: ["invoice.update", "invoice.addLine", "invoice.pay", "invoice.void"],
  payment_intent: ["payment_intent.succeed", "payment_intent.cancel"],
  refund: ["refund.update"],
};

/** JSON texts that a reader or a warehouse may stumble over. */
const ODD_VALUES = [
  "1.230000000000",
  "9007199254740993",
  "1E-7",
  '"a\\ud800b"',
  '"a\\u0000b"',
  '"Zoë 🦆 ﷽"',
  '{"__proto__":{"x":1},"n":1,"n":2}',
  `${"[".repeat(60)}${"]".repeat(60)}`,
  "null",
] as const;

type Apply = (sandbox: Sandbox, id: string, n: number, serial: number) => StripeObject | void;

const CHANGES: Readonly<Record<ChangeKind, Apply>> = {
  "customer.create": ({ customers }, _, n) => customers.create({ name: `Customer ${n}` }),
  "customer.update": ({ customers }, id, n, serial) => customers.update(id, { name: `Name ${serial}`, balance: n }),
  "customer.delete": ({ customers }, id) => customers.delete(id),
  "customer.restore": ({ customers }, id) => customers.restore(id),
  "customer.return": ({ customers }, id, n) => {
    customers.restore(id);
    customers.update(id, { name: `Back ${n}` });
  },
  "customer.appear": (sandbox, _, n) => appear(sandbox, "customer", "cus", n),
  "invoice.create": ({ invoices }, _, n) => invoices.create({}, linesOf(n)),
  "invoice.addLine": ({ invoices }, id, n) => invoices.addLine(id, { amount: n }),
  "invoice.finalize": ({ invoices }, id) => invoices.finalize(id),
  "invoice.pay": ({ invoices }, id) => invoices.pay(id),
  "invoice.void": ({ invoices }, id) => invoices.void(id),
  "invoice.update": ({ invoices }, id, _, serial) => invoices.update(id, { description: `n ${serial}` }),
  "invoice.delete": ({ invoices }, id) => invoices.delete(id),
  "invoice.odd": (sandbox, id, n) => {
    const [odd, number] = [ODD_VALUES[n % ODD_VALUES.length] ?? "0", String(n)];
    sandbox.putFields("invoice", id, { odd, number }, { event: "invoice.updated" });
  },
  "payment_intent.create": ({ paymentIntents }, _, n) => paymentIntents.create({ amount: 100 + n }),
  "payment_intent.succeed": ({ paymentIntents }, id) => paymentIntents.succeed(id),
  "payment_intent.cancel": ({ paymentIntents }, id) => paymentIntents.cancel(id),
  "payment_intent.appear": (sandbox, _, n) => appear(sandbox, "payment_intent", "pi", n),
  "payment_intent.update": ({ paymentIntents }, id, _, serial) =>
    paymentIntents.update(id, { metadata: { n: String(serial) } }),
  "refund.create": ({ refunds }, id, n) => refunds.create({ payment_intent: id, amount: 1 + n }),
  "refund.update": ({ refunds }, id, _, serial) => refunds.update(id, { metadata: { n: String(serial) } }),
  "refund.fail": ({ refunds }, id) => refunds.fail(id),
  "refund.remove": (sandbox, id) => sandbox.remove("refund", id),
};

/** Up to 55, and now and then so many that the rest of them takes two pages. */
function linesOf(n: number): number {
  const lines = n % 61;
  return lines > 55 ? lines * 3 : lines;
}

/** An object that is listed some time after its `created`, at most 50 minutes, and of which no event tells. */
function appear(sandbox: Sandbox, objectType: ObjectType, prefix: string, n: number): StripeObject {
  const nowMs = sandbox.clock.now();
  const created = Math.floor(nowMs / 1000) - ((n * 37) % 3_000);
  // Once a second at most of each number: a second one is the same object, and is not made again.
  const id = `${prefix}_late${created}n${n}`;
  if (sandbox.find(objectType, id) !== undefined) throw new RangeError(`${id} is there`);
  sandbox.put(objectType, `{"id":"${id}","object":"${objectType}","created":${created},"n":${n}}`);
  return { id };
}
