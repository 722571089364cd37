import { memberOf, type RawJson, type RawObject, readRawJson, withMember } from "../json/raw-json.js";
import { type JsonLayout, writeRawJson } from "../json/write-json.js";
import type { Resource } from "../resources/resource.js";
import type { Entry } from "../store/shelf.js";
import { downgradesFor } from "./downgrades.js";

/** Stripe shows so many items of a list inside an object. */
export const NESTED_LIST_SIZE = 10;

/** How an object is to look. */
export interface Rendering {
  readonly version: string;
  readonly layout: JsonLayout;
  /** The level at which it stands in the body: 0 alone, 2 in a list. */
  readonly depth: number;
  /** Leave nested lists whole, as they are kept. Default: false. */
  readonly wholeLists?: boolean;
  /** Signs volatile fields anew. Absent: they stay as they are kept. */
  readonly signature?: () => string;
}

/** Writes an object as the API shows it: in a version and layout, nested lists cut, volatile fields signed. */
export function renderEntry(resource: Resource, entry: Entry, rendering: Rendering): string {
  return renderText(resource, entry.text, rendering, entry.renderings);
}

/** As {@link renderEntry}, for a text that stands in no shelf. `cache` keeps what does not change. */
export function renderText(
  resource: Resource,
  text: string,
  rendering: Rendering,
  cache?: Map<string, string>,
): string {
  const steps = downgradesFor(resource.objectType, rendering.version);
  const signs = rendering.signature !== undefined && resource.volatileFields.length > 0;
  const cuts = rendering.wholeLists !== true && resource.nestedLists.length > 0;
  if (steps.length === 0 && !signs && !cuts && rendering.layout === "compact") return text;

  const key = `${steps.length} ${cuts} ${rendering.layout} ${rendering.depth}`;
  const known = signs ? undefined : cache?.get(key);
  if (known !== undefined) return known;

  let object = readRawJson(text);
  if (object.kind === "object") {
    for (const step of steps) object = step.apply(object);
    if (cuts) object = withCutLists(object, resource.nestedLists);
    if (signs) object = withSignatures(object, resource.volatileFields, rendering.signature);
  }
  const rendered = writeRawJson(object, rendering.layout, rendering.depth);
  if (!signs) cache?.set(key, rendered);
  return rendered;
}

function withCutLists(object: RawObject, fields: readonly string[]): RawObject {
  for (const field of fields) {
    const list = memberOf(object, field);
    const data = memberOf(list, "data");
    if (list?.kind !== "object" || data?.kind !== "array" || data.items.length <= NESTED_LIST_SIZE) continue;
    const first: RawJson = { kind: "array", items: data.items.slice(0, NESTED_LIST_SIZE) };
    const cut = withMember(withMember(list, "data", first), "has_more", { kind: "scalar", text: "true" });
    object = withMember(object, field, cut);
  }
  return object;
}

function withSignatures(
  object: RawObject,
  fields: readonly string[],
  signature: (() => string) | undefined,
): RawObject {
  for (const field of fields) {
    const value = memberOf(object, field);
    if (value?.kind !== "scalar" || !value.text.startsWith('"') || signature === undefined) continue;
    const signed = `${value.text.slice(0, -1)}?s=${signature()}"`;
    object = withMember(object, field, { kind: "scalar", text: signed });
  }
  return object;
}
