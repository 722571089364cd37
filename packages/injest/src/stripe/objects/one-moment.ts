import { contentHash } from "../../json/content-hash.js";
import type { ScannedObject } from "../../json/scan.js";
import { volatileFields } from "../../json/volatile-fields.js";
import type { NestedListSpec } from "../catalog.js";

/** How an object and its items stand to each other: "of another sum" where nothing but that speaks against one moment. */
export type Fit = "of one moment" | "of another sum" | "of two moments";

/**
 * Whether an object and all items of one of its nested lists, which other answers brought, are taken to be of one moment: the
 * items that both show are the same, and the object's sum is that of the items, as is its number of them where it tells one.
 *
 * This costs no request, where to read the object again after its items would cost one for each. Only items that the object
 * does not show can be of another moment, and hardly anything changes these without changing a sum, a number, or the items
 * before them as well (a discount and a tax are in each of them). Whatever does is found by its Stripe event in the next run.
 *
 * All but the first mean no more than that the object itself has to tell: an account may have sums of another kind.
 */
export function fitOf(object: ScannedObject, nested: NestedListSpec, items: readonly ScannedObject[]): Fit {
  const list = object.lists.get(nested.field);
  if (!list || !showsFirst(object, list, items)) return "of two moments";
  const members = valueOf(object);
  const { total_count: count = items.length } = members[nested.field] as { readonly total_count?: unknown };
  // Without a sum nothing tells of the items that the object does not show.
  if (count !== items.length || nested.sum === undefined) return "of two moments";
  return hasSum(members, nested.sum, items) ? "of one moment" : "of another sum";
}

function hasSum(
  object: Readonly<Record<string, unknown>>,
  { ofItems, ofObject }: NonNullable<NestedListSpec["sum"]>,
  items: readonly ScannedObject[],
): boolean {
  const sum = items.reduce((total, item) => total + wholeNumber(valueOf(item)[ofItems]), 0);
  return sum === wholeNumber(object[ofObject]);
}

function showsFirst(
  object: ScannedObject,
  {
    count,
    dataRange,
  }: { readonly count: number; readonly dataRange: { readonly start: number; readonly end: number } },
  items: readonly ScannedObject[],
): boolean {
  const shown = { bytes: object.bytes.subarray(dataRange.start, dataRange.end), isCompact: object.isCompact };
  const first = items.slice(0, count).flatMap(({ bytes }, index) => (index > 0 ? [COMMA, bytes] : [bytes]));
  const listed = { bytes: Buffer.concat([OPEN, ...first, CLOSE]), isCompact: false };
  return contentHash(shown, NOTHING_VOLATILE) === contentHash(listed, NOTHING_VOLATILE);
}

function valueOf({ bytes }: ScannedObject): Readonly<Record<string, unknown>> {
  return JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>>;
}

/** NaN, which equals nothing, for what cannot be summed up exactly. */
function wholeNumber(value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : NaN;
}

const NOTHING_VOLATILE = volatileFields([]);
const [OPEN, COMMA, CLOSE] = [Buffer.from("["), Buffer.from(","), Buffer.from("]")];
