import { type JsonObject, textIn } from "../json/json-value.js";
import { stripeError } from "../api/stripe-error.js";
import type { ListFilter, Resource } from "./resource.js";

/** Stripe keeps an event for 30 days: https://docs.stripe.com/api/events */
export const EVENT_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

export const events: Resource = {
  objectType: "event",
  path: "/v1/events",
  permission: "event_read",
  idParameter: "id",
  filters: { type: oneType, types: someTypes, delivery_success: () => () => true },
  nestedLists: [],
  volatileFields: [],
  whenDeleted: "missing",
  isListed: (entry, nowMs) =>
    (entry.visibleFromMs ?? 0) <= nowMs && (entry.created ?? 0) * 1000 > nowMs - EVENT_RETENTION_MS,
};

/** `type=invoice.paid`, or a group with a wildcard: `type=invoice.*`. */
function oneType([value = ""]: readonly string[]): (object: JsonObject) => boolean {
  if (!value.endsWith("*")) return (object) => object["type"] === value;
  const start = value.slice(0, -1);
  return (object) => textIn(object, "type").startsWith(start);
}

function someTypes(...[values, parameter]: Parameters<ListFilter>): (object: JsonObject) => boolean {
  if (values.length > 20) {
    throw stripeError(400, {
      message: "Array types exceeded maximum 20 allowed elements.",
      param: parameter,
    });
  }
  return (object) => values.includes(textIn(object, "type"));
}
