export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

/** The defaults with the given fields in their places; a field without a default comes last. */
export function overlay(defaults: JsonObject, fields: JsonObject): JsonObject {
  return { ...defaults, ...fields };
}
