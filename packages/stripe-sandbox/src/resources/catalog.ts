import { charges } from "./charges.js";
import { customers } from "./customers.js";
import { events } from "./events.js";
import { invoices } from "./invoices.js";
import { paymentIntents } from "./payment-intents.js";
import { refunds } from "./refunds.js";
import type { Resource } from "./resource.js";

/** Every type of object that the sandbox lists. A new one is a file beside this and a line here. */
export const RESOURCES: readonly Resource[] = [customers, invoices, paymentIntents, refunds, charges, events];

const byType = new Map(RESOURCES.map((resource) => [resource.objectType, resource]));
const byPath = new Map(RESOURCES.map((resource) => [resource.path, resource]));

export function resourceOfType(objectType: string): Resource {
  const resource = byType.get(objectType);
  if (resource === undefined) {
    throw new RangeError(`the sandbox has no objects of type ${objectType}, only ${[...byType.keys()].join(", ")}`);
  }
  return resource;
}

/** The resource whose list is at that path, if any. */
export function resourceAt(path: string): Resource | undefined {
  return byPath.get(path);
}
