import type { StripeCursor } from "./cursor.js";
import type { OpenRange } from "./slices/slice.js";

/**
 * A step of the rolling sweep: a slice of the stream that is listed again although nothing was said of it, because some
 * changes have no Stripe event (the metadata of a payment intent) and an event may be lost.
 */
export interface SweepStep {
  readonly range: OpenRange;
  /** Page after page until so many objects came; null: the whole range, from many places at once. */
  readonly stopAfter: number | null;
}

const DAY_SECONDS = 86_400;
/** A step of up to so many objects is read page after page, from where the last one stopped. */
const PAGE_AFTER_PAGE = 2_000;

/**
 * The step that is due now: the share of all objects that the time since the last step has of the sweep's days, a page
 * at least. It begins at the newest end, or where the last one stopped.
 */
export function sweepStep(state: StripeCursor, now: number, sweepDays: number): SweepStep {
  // A day less than promised: a run that comes late must not break the promise.
  const share = Math.max(0, now - state.sweep.at) / ((sweepDays - 1) * DAY_SECONDS);
  const objects = Math.ceil(Math.min(1, share) * state.objects);
  const range = state.sweep.rest ?? { from: null, until: null, after: null };
  if (objects <= PAGE_AFTER_PAGE) return { range, stopAfter: Math.max(1, objects) };
  const top = range.until ?? now;
  // By time, as only that can be cut without reading: equal parts of the account's whole life.
  const span = now - (state.oldest ?? now);
  const from = Math.floor(top - Math.max(DAY_SECONDS, span * Math.min(1, share)));
  const isLast = state.oldest === null || from <= state.oldest;
  return { range: { from: isLast ? null : from, until: range.until, after: null }, stopAfter: null };
}
