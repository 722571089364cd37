import { memberOf, type RawJson, type RawObject, readRawJson, withMember, withoutMember } from "../json/raw-json.js";

/**
 * How objects looked before a version changed them. The sandbox keeps objects in the newest version and takes them
 * back step by step, as Stripe does; a few well-known steps are here, enough to tell versions apart.
 */
interface Downgrade {
  /** The version that introduced the newer look; older requests get the older one. */
  readonly introducedBy: string;
  readonly objectType: string;
  apply(object: RawObject): RawObject;
}

/** Newest first: they are applied in this order. */
const DOWNGRADES: readonly Downgrade[] = [
  // https://docs.stripe.com/changelog/basil/2025-03-31/invoice-partial-payments (and its neighbours)
  { introducedBy: "2025-03-31.basil", objectType: "invoice", apply: invoiceBeforeBasil },
  // https://docs.stripe.com/upgrades#2022-11-15 removed `charges`
  { introducedBy: "2022-11-15", objectType: "payment_intent", apply: paymentIntentWithCharges },
];

/** The steps that an object of that type needs to look as in that version; none for a recent version. */
export function downgradesFor(objectType: string, version: string): readonly Downgrade[] {
  return DOWNGRADES.filter((step) => step.objectType === objectType && version < step.introducedBy);
}

function invoiceBeforeBasil(invoice: RawObject): RawObject {
  const status = memberOf(invoice, "status");
  const paid = status?.kind === "scalar" && status.text === '"paid"';
  const lines = memberOf(invoice, "lines");
  let older = withoutMember(invoice, "parent");
  for (const gone of ["amount_overpaid", "total_taxes"]) older = withoutMember(older, gone);
  for (const [name, text] of [
    ["charge", "null"],
    ["discount", "null"],
    ["paid", String(paid)],
    ["paid_out_of_band", "false"],
    ["payment_intent", "null"],
    ["quote", "null"],
    ["tax", "null"],
    ["total_tax_amounts", "[]"],
  ] as const) {
    older = withMember(older, name, readRawJson(text));
  }
  return lines?.kind === "object" ? withMember(older, "lines", withOlderLines(lines)) : older;
}

function withOlderLines(list: RawObject): RawObject {
  const data = memberOf(list, "data");
  if (data?.kind !== "array") return list;
  return withMember(list, "data", { kind: "array", items: data.items.map(lineBeforeBasil) });
}

function lineBeforeBasil(line: RawJson): RawJson {
  if (line.kind !== "object") return line;
  let older = line;
  for (const gone of ["parent", "pricing", "taxes"]) older = withoutMember(older, gone);
  for (const [name, text] of [
    ["plan", "null"],
    ["price", "null"],
    ["proration", "false"],
    ["tax_amounts", "[]"],
    ["tax_rates", "[]"],
    ["type", '"invoiceitem"'],
  ] as const) {
    older = withMember(older, name, readRawJson(text));
  }
  return older;
}

function paymentIntentWithCharges(intent: RawObject): RawObject {
  const id = memberOf(intent, "id");
  const query = id?.kind === "scalar" ? id.text.slice(1, -1) : "";
  const list = `{"object":"list","data":[],"has_more":false,"url":"/v1/charges?payment_intent=${query}"}`;
  return withMember(intent, "charges", readRawJson(list));
}
