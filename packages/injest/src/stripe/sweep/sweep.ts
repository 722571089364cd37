import type { StripeCursor, Sweep } from "../cursor.js";
import { EVERYTHING, type OpenRange } from "../list/open-range.js";

/**
 * A step of the rolling sweep: a part of the stream that is listed again although nothing was said of it, because some
 * changes have no Stripe event (the metadata of a payment intent) and an event may be lost.
 *
 * A round goes from the newest object to the oldest; the next one begins where it began. How far it has come is measured
 * in objects where the account is small, and in time where it is large, and never once so and once so: what has few
 * objects in much time, or the other way round, would then be counted twice, and the round last twice as long.
 */
export interface SweepStep {
  /** Where the step begins, and where it ends at the latest. */
  readonly range: OpenRange;
  /** Page after page, newest first, until as many objects came as are due; else the whole range, from many places at once. */
  readonly isPaged: boolean;
}

/** What is due goes by how the stream stands, and by the time. */
export interface SweepMoment {
  readonly state: StripeCursor;
  /** Unix seconds. */
  readonly now: number;
  /** Everything is listed again within so many. */
  readonly sweepDays: number;
}

const DAY_SECONDS = 86_400;
/** An account of up to so many objects is swept page after page, each step from where the last one stopped. */
const PAGE_AFTER_PAGE = 20_000;
/** All there is, from many places at once. */
const WHOLE: SweepStep = { range: EVERYTHING, isPaged: false };
/** What is left of a step at the end of a round waits for the next run, if it is no more than a page. */
const CAN_WAIT = 100;

/**
 * The part of all objects that is due now: what the time since the last step has of the sweep's days.
 *
 * Less time than promised, by what may pass until the next run: a day, or as long as it was until this one.
 */
function shareDue({ state, now, sweepDays }: SweepMoment): number {
  const elapsed = Math.max(0, now - state.sweep.at);
  const promised = sweepDays * DAY_SECONDS - Math.max(DAY_SECONDS, elapsed);
  return elapsed >= promised ? 1 : elapsed / promised;
}

/** How many objects are due now; one at least. */
export function objectsDue(moment: SweepMoment): number {
  return Math.max(1, Math.ceil(shareDue(moment) * moment.state.objects));
}

/** The step that is due now. It begins at the newest end, or where the last one stopped. */
export function sweepStep(moment: SweepMoment): SweepStep {
  const { state, now } = moment;
  const share = shareDue(moment);
  if (share >= 1) return WHOLE;
  const range = state.sweep.rest ?? EVERYTHING;
  if (state.objects <= PAGE_AFTER_PAGE) return { range, isPaged: true };
  // With a token the round was begun page after page, before the account grew. What it had read of the objects is another
  // part of the time, in which the rounds are measured from now on: these begin with all of it read.
  if (range.after !== null) return WHOLE;
  return {
    range: { from: downBy(moment, range.until ?? now, share), until: range.until, after: null },
    isPaged: false,
  };
}

/** What a step came to. */
export interface SweptStep extends SweepStep {
  /** Objects that were listed. */
  readonly objects: number;
  /** What the reading left open. */
  readonly open: readonly OpenRange[];
}

/** Where the next step begins; null where the round is complete. */
export function restAfter({ range, open }: SweptStep): OpenRange | null {
  const newest = open.reduce<OpenRange | null>(
    (a, b) => (a && (a.until ?? Infinity) >= (b.until ?? Infinity) ? a : b),
    null,
  );
  // Page after page means newest first: all that is older than the newest open place is still to be read.
  if (newest) return { ...newest, from: null };
  return range.from === null ? null : { from: null, until: range.from, after: null };
}

/**
 * Where a round ended although more was due, the step that begins the next round in the same run; it ends where the first
 * step began. Null where that can wait.
 */
export function secondStep(moment: SweepMoment, first: SweptStep): SweepStep | null {
  const { state, now } = moment;
  const top = state.sweep.rest?.until ?? null;
  if (restAfter(first) !== null || isAll(first) || top === null) return null;
  const missing = missingPart(moment, first);
  if (missing * objectsDue(moment) <= CAN_WAIT) return null;
  if (first.isPaged) return { range: { from: top, until: null, after: null }, isPaged: true };
  const from = downBy(moment, now, missing * shareDue(moment));
  return { range: { from: Math.max(top, from ?? top), until: null, after: null }, isPaged: false };
}

/** Whether a step went from the newest object to the oldest. */
function isAll(step: SweptStep): boolean {
  const { from, until, after } = step.range;
  return from === null && until === null && after === null && restAfter(step) === null;
}

/** The sweep after its steps: what was due and could not be read has to be made up for by the next run. */
export function sweptTo(moment: SweepMoment, steps: readonly SweptStep[]): Sweep {
  const { state, now } = moment;
  const last = steps.at(-1);
  if (!last) return state.sweep;
  const missing = 1 - steps.reduce((sum, step) => sum + 1 - missingPart(moment, step), 0);
  const at = now - Math.ceil(Math.max(0, missing) * Math.max(0, now - state.sweep.at));
  return { rest: restAfter(last), at };
}

/** The part of what is due now that a step has not read, in [0, 1]: in objects, or in time. */
function missingPart(moment: SweepMoment, step: SweptStep): number {
  if (isAll(step)) return 0;
  if (step.isPaged) return Math.max(0, 1 - step.objects / objectsDue(moment));
  const { state, now } = moment;
  const { from, until } = step.range;
  if (from !== null || until === null || state.oldest === null) return 0;
  const due = shareDue(moment) * (now - state.oldest);
  return due > 0 ? Math.max(0, 1 - (until - state.oldest) / due) : 0;
}

/**
 * The end of a part that begins at `top`, by time, as only that can be cut without reading: equal parts of the account's
 * whole life. Null where nothing is older.
 */
function downBy({ state, now }: SweepMoment, top: number, share: number): number | null {
  const span = now - (state.oldest ?? now);
  const from = Math.floor(top - Math.max(DAY_SECONDS, span * share));
  return state.oldest === null || from <= state.oldest ? null : from;
}
