import { type Compared, comparedOf } from "./compare-with-row.js";
import { inChunks } from "./in-chunks.js";
import { markQuarantined } from "./in-quarantine.js";
import type { LaterChanges } from "./later-changes.js";
import { type Portion, type PortionContext, withRows } from "./portion.js";

export interface CompareContext extends PortionContext {
  readonly later: LaterChanges | null;
}

/** Compares a portion. An object that neither side has is left out. */
export async function comparePortion(portion: Portion, context: CompareContext): Promise<Compared[]> {
  const first = comparedOf(portion, context.stream.facts);
  // A row that was written after its object was listed says nothing: such an object is read once more.
  const overtaken = new Set(first.filter(isOvertaken).map(({ change }) => change.id));
  if (overtaken.size === 0) return explained(first, context);
  const compared = first.filter(({ change }) => !overtaken.has(change.id));
  for await (const changes of inChunks(context.stream.retrieve([...overtaken], context.retrieve))) {
    compared.push(...comparedOf(await withRows(changes, context), context.stream.facts));
  }
  return explained(compared, context);
}

/** What is no fault gets the name of what it is. */
async function explained(compared: readonly Compared[], context: CompareContext): Promise<Compared[]> {
  return withoutLater(await markQuarantined(compared, context), context);
}

function isOvertaken({ change, row, standing }: Compared): boolean {
  return standing !== "equal" && row !== null && row.lastSeen >= change.readAt;
}

/** Calls `behind` what changed after the last run: created since, or named by an event since. */
async function withoutLater(compared: readonly Compared[], { later }: CompareContext): Promise<Compared[]> {
  if (later === null) return [...compared];
  const isNew = ({ change }: Compared): boolean =>
    change.op === "upsert" && change.created !== null && change.created >= later.since;
  const isSettled = ({ standing }: Compared): boolean => standing === "equal" || standing === "quarantined";
  const suspects = compared.filter((one) => !isSettled(one) && !isNew(one)).map(({ change }) => change.id);
  const changed = await later.named(suspects);
  return compared.map((one) =>
    !isSettled(one) && (isNew(one) || changed.has(one.change.id)) ? { ...one, standing: "behind" } : one,
  );
}
