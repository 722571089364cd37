import type { CreatedRanges } from "../../created-ranges.js";

/** Bounds of `last_seen`, both inclusive, in microseconds since the Unix epoch. */
export interface Bounds {
  readonly fromUs: number;
  readonly untilUs: number;
}

/**
 * When the rows were read whose objects were created at about the same time.
 *
 * A commit looks for its rows by their creation, and the table has no index on it: DuckDB would read that column whole for
 * each commit. But rows lie in the order in which they were read, and DuckDB leaves out row groups by their least and
 * greatest `last_seen`. A backfill goes down each slice of the history in turn, so that what a commit can meet was read
 * just before: by these bounds it looks at as few rows in a large table as in a small one.
 *
 * Bounds may be wider than the rows they stand for, and are after a commit that failed; narrower they must never be, or a
 * row would not be found and be written twice. So everything that writes rows or dates them tells of it first, and until
 * all rows are known there are no bounds at all.
 */
export class SeenBounds {
  /** By stretch of creation; null while not all rows are known. */
  #stretches: Map<number, Bounds> | null = null;
  #isGivenUp = false;

  /** Whether `know` would help. */
  get isWanting(): boolean {
    return this.#stretches === null && !this.#isGivenUp;
  }

  /** These are all the rows that there are; `seen` is null where some of them do not tell when they were read. */
  know(rows: Iterable<{ readonly stretch: number; readonly seen: Bounds | null }>): void {
    const stretches = new Map<number, Bounds>();
    for (const { stretch, seen } of rows) {
      if (seen === null) return this.#giveUp();
      stretches.set(stretch, seen);
    }
    this.#stretches = stretches;
  }

  /** Rows are about to come from elsewhere. */
  forget(): void {
    this.#stretches = null;
  }

  #giveUp(): void {
    this.#stretches = null;
    this.#isGivenUp = true;
  }

  /** A row is about to be written. `created` in Unix seconds. */
  add(created: number, seenUs: number): void {
    if (this.#stretches === null) return;
    const stretch = stretchOf(created);
    const known = this.#stretches.get(stretch);
    if (known !== undefined && known.fromUs <= seenUs && seenUs <= known.untilUs) return;
    const seen = { fromUs: seenUs, untilUs: seenUs };
    this.#stretches.set(stretch, known === undefined ? seen : join(known, seen));
    if (this.#stretches.size > MOST_STRETCHES) this.#giveUp();
  }

  /** A few bounds, one of which each row is within that may have been created in one of these Unix seconds. */
  ofSeconds(seconds: Iterable<number>): readonly Bounds[] {
    if (this.#stretches === null) return [EVER];
    const bounds = new Set<Bounds>();
    let last: number | undefined;
    for (const second of seconds) {
      const stretch = stretchOf(second);
      // The objects of a page are neighbours.
      if (stretch === last) continue;
      last = stretch;
      const known = this.#stretches.get(stretch);
      if (known !== undefined) bounds.add(known);
    }
    return joined([...bounds]);
  }

  /** The same for these ranges. */
  ofRanges(ranges: CreatedRanges): readonly Bounds[] {
    if (this.#stretches === null) return [EVER];
    const bounds: Bounds[] = [];
    for (const [stretch, known] of this.#stretches) {
      if (ranges.meets(stretch * STRETCH_SECONDS, (stretch + 1) * STRETCH_SECONDS)) bounds.push(known);
    }
    return joined(bounds);
  }
}

/**
 * Of all dated rows the stretches, the bounds, and whether all tell when they were read in numbers that JavaScript has, which
 * an earlier tool's may not (NULL, infinity). The bounds are wider by a microsecond, as such a table may have nanoseconds.
 * Reads two narrow columns of the whole table.
 */
export function allSeenSql(rawObjects: string): string {
  return `SELECT floor(epoch_us(object_created) / ${STRETCH_SECONDS * MICROSECONDS}), epoch_us(min(last_seen))::DOUBLE - 1,
  epoch_us(max(last_seen))::DOUBLE + 1,
  count(*) = count(epoch_us(last_seen)) AND max(abs(epoch_us(last_seen))) < ${Number.MAX_SAFE_INTEGER}
FROM ${rawObjects} WHERE object_created IS NOT NULL GROUP BY 1`;
}

/**
 * The rows within the bounds, each once, where they meet the condition too: a statement for each, as DuckDB leaves out no
 * row group for conditions that are joined by OR.
 */
export function seenWithinSql(bounds: readonly Bounds[], select: string, condition: string): string {
  const within = ({ fromUs, untilUs }: Bounds): string =>
    fromUs === -Infinity
      ? "true"
      : `last_seen >= make_timestamp(${fromUs}) AND last_seen <= make_timestamp(${untilUs})`;
  return bounds.map((one) => `${select} WHERE ${within(one)} AND ${condition}`).join("\n  UNION ALL ");
}

/** A backfill reads objects of so long a stretch within minutes, and twenty years have no more than 10,000 of them. */
const STRETCH_SECONDS = 65_536;
/** A hundred years: no history of Stripe's has as many, and they take 5 MB. */
const MOST_STRETCHES = 50_000;
/** Each is a scan of its own, of one to nine milliseconds. */
const MOST_BOUNDS = 16;
const MICROSECONDS = 1_000_000;
/** Where nothing is known. */
export const EVER: Bounds = { fromUs: -Infinity, untilUs: Infinity };

function stretchOf(created: number): number {
  return Math.floor(created / STRETCH_SECONDS);
}

function join(a: Bounds, b: Bounds): Bounds {
  return { fromUs: Math.min(a.fromUs, b.fromUs), untilUs: Math.max(a.untilUs, b.untilUs) };
}

/** Disjoint and in order, the nearest ones joined until few are left. */
function joined(bounds: readonly Bounds[]): Bounds[] {
  if (bounds.length === 0) return [];
  const disjoint: Bounds[] = [];
  for (const next of bounds.toSorted((a, b) => a.fromUs - b.fromUs)) {
    const last = disjoint.at(-1);
    if (last !== undefined && next.fromUs <= last.untilUs) disjoint[disjoint.length - 1] = join(last, next);
    else disjoint.push(next);
  }
  const gapBefore = (index: number): number => (disjoint[index]?.fromUs ?? 0) - (disjoint[index - 1]?.untilUs ?? 0);
  const widest = Array.from({ length: disjoint.length - 1 }, (_, index) => index + 1)
    .toSorted((a, b) => gapBefore(b) - gapBefore(a))
    .slice(0, MOST_BOUNDS - 1);
  const starts = new Set([0, ...widest]);
  const few: Bounds[] = [];
  for (const [index, next] of disjoint.entries()) {
    const last = few.at(-1);
    if (last === undefined || starts.has(index)) few.push(next);
    else few[few.length - 1] = join(last, next);
  }
  return few;
}
