import { type Compared, compareWithRows, type Comparison, isLeftAlone } from "./compare-with-rows.js";
import { inChunks, sizeOf } from "../in-chunks.js";
import { markQuarantined } from "./in-quarantine.js";
import type { LaterChanges } from "./later-changes.js";
import { FULL_PORTION, type Portion, type PortionContext, withRows } from "./portion.js";
import { detached } from "./spilled-entries.js";
import type { Standing } from "../verify-report.js";

export interface CompareContext extends PortionContext, Pick<Comparison, "checkpointVersion"> {
  readonly later: LaterChanges | null;
}

function comparisonOf({ stream, checkpointVersion }: CompareContext): Comparison {
  return { facts: stream.facts, checkpointVersion };
}

/**
 * Compares portions with their rows, part by part as they come. Objects that neither side has are left out. What differs is
 * gathered from several portions: to tell what it is takes questions to both sides.
 */
export async function* comparePortions(
  portions: AsyncIterable<Portion>,
  context: CompareContext,
): AsyncGenerator<Compared[], void, undefined> {
  let differing: Compared[] = [];
  let sizeBytes = 0;
  for await (const portion of portions) {
    const compared = compareWithRows(portion, comparisonOf(context));
    yield compared.filter(isEqual);
    for (const one of compared) {
      if (isEqual(one)) continue;
      differing.push({ ...one, change: detached(one.change) });
      sizeBytes += sizeOf(one.change);
      for (const row of [one.row, ...one.copies]) sizeBytes += row?.payload?.length ?? 0;
    }
    if (differing.length < CLASSIFIED_AT_ONCE && sizeBytes < FULL_PORTION.sizeBytes) continue;
    yield await classified(differing, context);
    differing = [];
    sizeBytes = 0;
  }
  if (differing.length > 0) yield await classified(differing, context);
}

const CLASSIFIED_AT_ONCE = 2_000;

/** Compares one portion, as it stands alone. */
export async function comparePortion(portion: Portion, context: CompareContext): Promise<Compared[]> {
  const compared = compareWithRows(portion, comparisonOf(context));
  return [
    ...compared.filter(isEqual),
    ...(await classified(
      compared.filter((one) => !isEqual(one)),
      context,
    )),
  ];
}

function isEqual({ standing }: Compared): boolean {
  return standing === "equal";
}

/** Says of what differs whether it is a fault, and of which kind. */
async function classified(differing: readonly Compared[], context: CompareContext): Promise<Compared[]> {
  // A row that was written, or marked as deleted, after its object was listed says nothing: such an object is read once more.
  const overtaken = new Set(differing.filter(isOvertaken).map(({ change }) => change.id));
  const compared = differing.filter(({ change }) => !overtaken.has(change.id));
  if (overtaken.size > 0) {
    for await (const changes of inChunks(context.stream.retrieve([...overtaken], context.retrieve))) {
      compared.push(...compareWithRows(await withRows(changes, context), comparisonOf(context)));
    }
  }
  return withoutLater(await markQuarantined(compared, context), context);
}

/** By so much an object may be created after it was asked for: servers have clocks of their own. */
const CLOCKS_APART_SECONDS = 60;

function isOvertaken({ change, row }: Compared): boolean {
  return row !== null && (row.deletedAt ?? row.lastSeen) >= change.readAt;
}

/** No later change explains these. */
const SETTLED: ReadonlySet<Standing> = new Set(["equal", "doubled", "quarantined"]);

/**
 * Calls `behind` what the next run brings: what was created after the last one, or is named by an event that no run has read.
 * What has no row although it was created before is missing, also where Stripe may have listed it too late: a row that was lost
 * just after it came looks the same. That an object says it is still to be created, as those of a test clock do, tells nothing:
 * it may have been there for long. What a run would read and leave as it is, is at fault, whatever happened since.
 */
async function withoutLater(compared: readonly Compared[], { later }: CompareContext): Promise<Compared[]> {
  if (later === null) return [...compared];
  const isNew = ({ change }: Compared): boolean =>
    change.op === "upsert" &&
    change.created !== null &&
    change.created >= later.since &&
    change.created <= change.readAt.getTime() / 1000 + CLOCKS_APART_SECONDS;
  const isExcusable = ({ change, row, standing }: Compared): boolean =>
    !SETTLED.has(standing) && !isLeftAlone(change, row);
  const suspects = compared.filter((one) => isExcusable(one) && !isNew(one)).map(({ change }) => change);
  const askedAt = new Date(Math.max(0, ...suspects.map(({ readAt }) => readAt.getTime())));
  const changed = await later.named(
    suspects.map(({ id }) => id),
    askedAt,
  );
  return compared.map((one) =>
    isExcusable(one) && (isNew(one) || changed.has(one.change.id)) ? { ...one, standing: "behind" } : one,
  );
}
