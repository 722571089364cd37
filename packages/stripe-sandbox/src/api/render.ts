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
  const plan = planOf(resource, rendering);
  if (plan === undefined) return entry.text;
  // A signature is new at each reading: nothing to keep.
  if (plan.signature !== undefined) return carryOut(plan, entry.text);
  if (entry.renderTemplate !== undefined) {
    return entry.renderTemplate(plan.key, (template) => carryOut(plan, template));
  }
  let rendered = entry.renderings?.get(plan.key);
  if (rendered === undefined) {
    rendered = carryOut(plan, entry.text);
    entry.renderings?.set(plan.key, rendered);
  }
  return rendered;
}

/** As {@link renderEntry}, for a text that stands in no shelf. */
export function renderText(resource: Resource, text: string, rendering: Rendering): string {
  const plan = planOf(resource, rendering);
  return plan === undefined ? text : carryOut(plan, text);
}

/** What has to be done to an object's text. Two plans with one key do the same. */
interface Plan {
  readonly key: string;
  readonly rendering: Rendering;
  readonly steps: ReturnType<typeof downgradesFor>;
  readonly cutFields: readonly string[];
  readonly signedFields: readonly string[];
  readonly signature: (() => string) | undefined;
}

/** Undefined when the text can stay as it is kept. */
function planOf(resource: Resource, rendering: Rendering): Plan | undefined {
  const { version, layout, depth, wholeLists, signature } = rendering;
  const steps = downgradesFor(resource.objectType, version);
  const cutFields = wholeLists === true ? [] : resource.nestedLists;
  const signedFields = signature === undefined ? [] : resource.volatileFields;
  if (layout === "compact" && steps.length + cutFields.length + signedFields.length === 0) return undefined;
  const key = `${steps.length} ${cutFields.length} ${layout} ${depth}`;
  return {
    key,
    rendering,
    steps,
    cutFields,
    signedFields,
    signature: signedFields.length === 0 ? undefined : signature,
  };
}

function carryOut({ rendering, steps, cutFields, signedFields, signature }: Plan, text: string): string {
  let object = readRawJson(text);
  if (object.kind === "object") {
    for (const step of steps) object = step.apply(object);
    object = withCutLists(object, cutFields);
    object = withSignatures(object, signedFields, signature);
  }
  return writeRawJson(object, rendering.layout, rendering.depth);
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
