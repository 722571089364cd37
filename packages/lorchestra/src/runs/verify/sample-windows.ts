/** Seconds since the epoch: `from` is in the window, `until` is not; null means without a bound. */
export interface SampleWindow {
  readonly from: number | null;
  readonly until: number | null;
}

export interface WindowsOptions {
  /** When the drawn rows' objects were created, at least one. */
  readonly createdTimes: readonly number[];
  /** Live rows, of which these were drawn. */
  readonly of: number;
  /** Windows to draw. */
  readonly count: number;
  /** So many objects a window is meant to hold: those that the source lists with one request. */
  readonly pageSize: number;
  /** What was created from then on is too new to be missing; null where nothing is. */
  readonly newFrom: number | null;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Draws windows of `created` to list, because what is missing has no row that could be drawn.
 *
 * The drawn rows part the time into windows of about a page each. Every other window is drawn by the number of rows, which
 * finds what is missing among many; the others by time, which finds a hole, however few rows are left beside it. Besides,
 * always, the two ends: what lies well before the first of the drawn rows, and well after the last.
 */
export function drawWindows(options: WindowsOptions): { drawn: SampleWindow[]; ends: SampleWindow[] } {
  const { count, pageSize, newFrom, random } = options;
  const sorted = options.createdTimes.filter((time) => newFrom === null || time < newFrom).toSorted((a, b) => a - b);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return { drawn: [], ends: [{ from: null, until: newFrom }] };
  // Hardly a row lies further from the outermost drawn one than some others of the drawn do.
  const near = Math.min(NEAR, sorted.length - 1);
  const start = Math.max(0, first - ((sorted[near] ?? first) - first));
  const end = Math.min(last + (last - (sorted.at(-1 - near) ?? last)) + 1, newFrom ?? Infinity);

  const rowsAGap = options.of / options.createdTimes.length;
  const gaps = Math.max(1, Math.round(pageSize / rowsAGap));
  const parts = Math.max(1, Math.round((rowsAGap * gaps) / pageSize));
  const bounds = [start, ...sorted.filter((_, index) => index % gaps === 0), end];
  const stretch = (index: number): [number, number] => {
    const [from, until] = [bounds[index] ?? start, bounds[index + 1] ?? end];
    return [from, Math.max(from + 1, until)];
  };
  const part = (index: number, at: number): SampleWindow => {
    const [from, until] = stretch(index);
    const number = Math.min(parts, until - from);
    const place = Math.min(number - 1, Math.floor(at * number));
    const border = (n: number): number => from + Math.floor(((until - from) * n) / number);
    return { from: border(place), until: border(place + 1) };
  };
  const byRows = (): SampleWindow => part(Math.floor(random() * (bounds.length - 1)), random());
  const byTime = (): SampleWindow => {
    const instant = start + random() * (end - start);
    const index = Math.max(
      0,
      bounds.findLastIndex((bound, at) => at < bounds.length - 1 && bound <= instant),
    );
    const [from, until] = stretch(index);
    return part(index, (instant - from) / (until - from));
  };
  return {
    drawn: Array.from({ length: count }, (_, index) => (index % 2 === 0 ? byTime() : byRows())),
    ends: [
      ...(start > 0 ? [{ from: null, until: start }] : []),
      ...(newFrom === null || end < newFrom ? [{ from: end, until: newFrom }] : []),
    ],
  };
}

const NEAR = 3;
