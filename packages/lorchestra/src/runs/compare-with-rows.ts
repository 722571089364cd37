import type { Change, RecordFacts } from "injest";
import type { StoredRow } from "../warehouse/warehouse.js";
import { type Difference, differencesOf } from "./differences.js";
import { type JsonNode, parseStored } from "./exact-json.js";
import type { Portion } from "./portion.js";
import type { Standing } from "./verify-report.js";

/** An object of the source beside its row. */
export interface Compared {
  readonly change: Change<unknown>;
  readonly row: StoredRow | null;
  /** Live rows of the same object beside `row`. */
  readonly copies: readonly StoredRow[];
  readonly standing: Standing;
  readonly differences: readonly Difference[];
}

/** Compares the changes of a portion with their rows. What neither side has is left out. */
export function compareWithRows({ changes, rows, copies }: Portion, facts: RecordFacts): Compared[] {
  return changes.flatMap(
    (change) => compareWithRow(change, rows.get(change.id) ?? null, facts, liveAmong(copies.get(change.id))) ?? [],
  );
}

/** Compares an object with its row by the payload itself. Null where neither side has it. */
function compareWithRow(
  change: Change<unknown>,
  row: StoredRow | null,
  facts: RecordFacts,
  copies: readonly StoredRow[],
): Compared | null {
  const live = row !== null && row.deletedAt === null ? row : null;
  const standing = (standing: Standing, differences: readonly Difference[] = []): Compared => ({
    change,
    row,
    copies,
    standing,
    differences,
  });
  if (change.op === "delete") return live === null ? null : standing("extra");
  if (live === null) return standing("missing");
  if (live.payload === null) return standing("stale");
  const differences = differencesOf(live.payload, change.record.json, facts.volatileFields);
  if (differences.length === 0) return standing(copies.length > 0 ? "doubled" : "equal");
  if (live.apiVersion !== null && live.apiVersion !== change.apiVersion) return standing("outdated", differences);
  const lacksItems = facts.nestedLists.some((path) => listLacksItems(live.payload ?? "", change.record.json, path));
  return standing(lacksItems ? "incomplete" : "stale", differences);
}

function liveAmong(copies: readonly StoredRow[] = []): readonly StoredRow[] {
  return copies.filter(({ deletedAt }) => deletedAt === null);
}

function listLacksItems(stored: string, read: string, path: string): boolean {
  const [before, now] = [nestedList(stored, path), nestedList(read, path)];
  return now !== null && before !== null && (!before.complete || before.items < now.items);
}

/** How many items a nested list of a record holds, and whether these are all; null where the record has no such list, or is no JSON. */
export function nestedList(json: string, path: string): { items: number; complete: boolean } | null {
  let node: JsonNode | undefined = parseStored(json) ?? undefined;
  for (const name of path.split(".")) node = node?.kind === "fields" ? node.fields.get(name) : undefined;
  if (node?.kind !== "fields") return null;
  const [data, hasMore] = [node.fields.get("data"), node.fields.get("has_more")];
  if (data?.kind !== "list") return null;
  return { items: data.items.length, complete: hasMore?.text !== "true" };
}
