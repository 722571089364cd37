import type { Change, RecordFacts } from "injest";
import type { StoredRow } from "../../warehouse/warehouse.js";
import { type Difference, differencesOf } from "./differences.js";
import { type JsonNode, parseStored } from "./exact-json.js";
import type { Portion } from "./portion.js";
import type { Standing } from "../verify-report.js";

/** An object of the source beside its row. */
export interface Compared {
  readonly change: Change<unknown>;
  readonly row: StoredRow | null;
  /** Live rows of the same object beside `row`. */
  readonly copies: readonly StoredRow[];
  readonly standing: Standing;
  readonly differences: readonly Difference[];
}

export interface Comparison {
  readonly facts: RecordFacts;
  /** What the stream's checkpoint was read in; null without one, and where nothing is left to a next run. */
  readonly checkpointVersion: string | null;
}

/** Compares the changes of a portion with their rows. What neither side has is left out. */
export function compareWithRows({ changes, rows, copies }: Portion, comparison: Comparison): Compared[] {
  return changes.flatMap(
    (change) => compareWithRow(change, rows.get(change.id) ?? null, comparison, liveAmong(copies.get(change.id))) ?? [],
  );
}

/** Whether a run that reads the object would leave its row as it is, although the payload differs: it goes by the hash. */
export function isLeftAlone(change: Change<unknown>, row: StoredRow | null): boolean {
  return (
    change.op === "upsert" && row !== null && row.deletedAt === null && row.payloadHash === change.record.contentHash
  );
}

/**
 * Compares an object with its row by the payload itself. Null where neither side has it.
 *
 * A row of another API version is excused only where the checkpoint is of another one, too: then the next run reads everything
 * again. A row that was as before in the new version's rendering keeps its earlier one for good.
 *
 * Of several rows of an object the differences are those of the first that differs.
 */
function compareWithRow(
  change: Change<unknown>,
  row: StoredRow | null,
  { facts, checkpointVersion }: Comparison,
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
  const differencesFrom = ({ payload }: StoredRow): Difference[] =>
    payload === null ? [] : differencesOf(payload, change.record.json, facts.volatileFields);
  // Whichever of them comes first: none of them may be taken for the object, and a run may leave them as they are.
  if (copies.length > 0) {
    const differing = [live, ...copies].map(differencesFrom).find(({ length }) => length > 0);
    return standing("doubled", differing);
  }
  if (live.payload === null) return standing("stale");
  const differences = differencesFrom(live);
  if (differences.length === 0) return standing("equal");
  const isAnotherVersion = (version: string | null): boolean => version !== null && version !== change.apiVersion;
  if (isAnotherVersion(live.apiVersion) && isAnotherVersion(checkpointVersion) && !isLeftAlone(change, live))
    return standing("outdated", differences);
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
