export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** An object of Stripe's: it has an id. */
export type StripeObject = JsonObject & { id: string };

/** The text in a field; empty when there is none. */
export function textIn(object: JsonObject, field: string): string {
  const value = object[field];
  return typeof value === "string" ? value : "";
}

/** The defaults with the given fields in their places; a field without a default comes last. */
export function overlay(defaults: JsonObject, fields: JsonObject): JsonObject {
  return { ...defaults, ...fields };
}
