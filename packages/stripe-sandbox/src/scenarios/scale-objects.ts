import { fromLetters, toLetters } from "../ids.js";
import type { JsonObject } from "../json/json-value.js";
import { createRandom } from "../random.js";
import { newCustomer } from "../resources/customers.js";
import { lineList, newInvoice, newLine } from "../resources/invoices.js";
import { newPaymentIntent } from "../resources/payment-intents.js";
import { newRefund } from "../resources/refunds.js";
import type { AccountStore } from "../store/account-store.js";
import type { Formula } from "../store/formula-shelf.js";
import { CLINICIANS, SESSIONS } from "./practice.js";
import type { CreatedAt } from "./shapes.js";

/** The types of objects that can be computed. */
export type ScaledType = keyof typeof TEMPLATES;

/** The formula of one type's objects. Two positions never share an id. */
export function scaledFormula(
  objectType: ScaledType,
  options: { account: AccountStore; seed: number; count: number; createdAt: CreatedAt; objectBytes: number },
): Formula {
  const { account, seed, count, createdAt, objectBytes } = options;
  const { prefix, template } = TEMPLATES[objectType];
  const ids = idsOf(prefix, seed, account.id);
  const customers = idsOf(TEMPLATES.customer.prefix, seed, account.id);
  const source = JSON.stringify(withNote(template(account.livemode), objectBytes));
  const print = printer(source);
  const printers = new Map<string, ReturnType<typeof printer>>();
  const slotsAt = (position: number): Slots => {
    const draw = scramble(position, seed + 7);
    const session = SESSIONS[draw % SESSIONS.length] ?? SESSIONS[0];
    return {
      id: ids.idAt(position),
      token: toLetters(draw * 2048 + (position % 2048), 8),
      created: String(createdAt(position)),
      amount: String(session.amount + (draw % 1000)),
      description: session.description,
      clinician: CLINICIANS[draw % CLINICIANS.length] ?? CLINICIANS[0],
      customer: customers.idAt(draw % 4096),
      number: String(position + 1),
    };
  };
  return {
    count,
    createdAt,
    idAt: ids.idAt,
    positionOf(id) {
      const position = ids.positionOf(id);
      return position < count ? position : -1;
    },
    textAt: (position) => print(slotsAt(position)),
    renderAt(position, key, render) {
      let rendered = printers.get(key);
      if (rendered === undefined) printers.set(key, (rendered = printer(render(source))));
      return rendered(slotsAt(position));
    },
  };
}

/** What differs between computed objects; each stands in a template as `<name>`, a number as `"<#name>"`. */
type Slots = Record<
  "id" | "token" | "created" | "amount" | "description" | "clinician" | "customer" | "number",
  string
>;

export const SCALED_TYPES = [
  "customer",
  "invoice",
  "payment_intent",
  "refund",
] as const satisfies readonly ScaledType[];

const TEMPLATES = {
  customer: { prefix: "cus_", template: customerTemplate },
  invoice: { prefix: "in_", template: invoiceTemplate },
  payment_intent: { prefix: "pi_", template: intentTemplate },
  refund: { prefix: "re_", template: refundTemplate },
} as const;

function customerTemplate(livemode: boolean): JsonObject {
  return newCustomer({
    id: "<id>",
    created: "<#created>" as never,
    livemode,
    currency: "cad",
    email: "client<number>@example.com",
    invoice_prefix: "<token>",
    metadata: { client_number: "<number>" },
    name: "Client <number>",
  });
}

function intentTemplate(livemode: boolean): JsonObject {
  return newPaymentIntent({
    id: "<id>",
    created: "<#created>" as never,
    livemode,
    amount: "<#amount>",
    amount_received: "<#amount>",
    client_secret: "<id>_secret_<token>",
    customer: "<customer>",
    description: "<description>",
    latest_charge: "ch_3<token>00000B7WZ01zgkW",
    metadata: { clinician: "<clinician>" },
    payment_method: "pm_1<token>00000B7WZ01zgkW",
    status: "succeeded",
  });
}

function invoiceTemplate(livemode: boolean): JsonObject {
  const line = newLine({
    id: "il_1<token>00000B7WZ01zgkW",
    invoice: "<id>",
    amount: "<#amount>" as never,
    livemode,
    description: "<description>",
    period: { end: "<#created>", start: "<#created>" },
  });
  return newInvoice({
    id: "<id>",
    created: "<#created>" as never,
    livemode,
    amount_due: "<#amount>",
    amount_paid: "<#amount>",
    customer: "<customer>",
    lines: lineList("<id>", [line]),
    number: "MMH-<number>",
    period_end: "<#created>",
    period_start: "<#created>",
    status: "paid",
    subtotal: "<#amount>",
    subtotal_excluding_tax: "<#amount>",
    total: "<#amount>",
    total_excluding_tax: "<#amount>",
    webhooks_delivered_at: "<#created>",
  });
}

function refundTemplate(): JsonObject {
  return newRefund({
    id: "<id>",
    created: "<#created>" as never,
    amount: "<#amount>",
    charge: "ch_3<token>00000B7WZ01zgkW",
    customer: "<customer>",
    payment_intent: "pi_3<token>00000B7WZ01zgkW",
  });
}

/** The object with a note in its metadata that makes it about so large, of letters that hardly compress. */
function withNote(object: JsonObject, objectBytes: number): JsonObject {
  const letters = objectBytes - JSON.stringify(object).length;
  if (letters <= 0) return object;
  const random = createRandom(letters);
  let note = "";
  while (note.length < letters) note += toLetters(random.integer(0, 2 ** 32 - 1), 6);
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), note } };
}

/** Cuts a template at its slots once, so that printing an object is nothing but joining pieces. */
function printer(template: string): (slots: Slots) => string {
  const pieces = template.replaceAll(/"<#([a-z]+)>"/g, "<$1>").split(/<([a-z]+)>/);
  return (slots) => {
    let text = "";
    for (let at = 0; at < pieces.length; at++) {
      text += at % 2 === 0 ? pieces[at] : slots[pieces[at] as keyof Slots];
    }
    return text;
  };
}

/** Ids that look random, from which the position can be computed back. */
function idsOf(prefix: string, seed: number, accountId: string) {
  const start = `${prefix}3`;
  const end = accountId.slice(-10);
  const idAt = (position: number): string => {
    const scrambled = scramble(position, seed);
    return `${start}${toLetters(scrambled, 6)}${end}${toLetters(scramble(scrambled, seed + 1), 6)}`;
  };
  return {
    idAt,
    positionOf(id: string): number {
      if (!id.startsWith(start)) return -1;
      const scrambled = fromLetters(id.slice(start.length, start.length + 6));
      const position = scrambled > 0xffffffff ? -1 : unscramble(scrambled, seed);
      return position !== -1 && idAt(position) === id ? position : -1;
    },
  };
}

const FACTOR = 0x9e3779b1;
/** The inverse of FACTOR modulo 2^32. */
const INVERSE = inverseOf(FACTOR);

/** A one-to-one map of the numbers below 2^32. */
function scramble(value: number, seed: number): number {
  return (Math.imul(value ^ seed, FACTOR) ^ 0x5bd1e995) >>> 0;
}

function unscramble(value: number, seed: number): number {
  return (Math.imul(value ^ 0x5bd1e995, INVERSE) ^ seed) >>> 0;
}

/** Newton's iteration; each step doubles the number of right bits. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
