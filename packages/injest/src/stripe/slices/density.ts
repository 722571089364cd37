import { PAGE_MOST } from "../list/page-size.js";
import type { ListedItem } from "./listed-item.js";

/**
 * How many objects are probably left in a stretch of time, from the densities known at its two ends.
 *
 * Between two known densities it is taken to change exponentially. Below the oldest known page nothing is known: there
 * the density d is taken to fall as d / (1 + age/τ)², with τ the geometric mean of the page's span and the horizon, so
 * that the guess is neither as short as the page nor as long as Stripe's existence.
 */
export interface Stretch {
  /** Seconds from the newest to the oldest end; null where the oldest end is unknown. */
  readonly spanSeconds: number | null;
  /** Objects per second at the newest end. */
  readonly newest: number;
  /** Objects per second at the oldest end; null where nothing is known: taken to be as at the newest. */
  readonly oldest: number | null;
  /** Seconds from the newest end back to when there cannot be anything. */
  readonly horizonSeconds: number;
}

/** Objects in the stretch. */
export function objectsIn(stretch: Stretch): number {
  if (stretch.newest <= 0) return 0;
  if (stretch.spanSeconds === null) return stretch.newest * tau(stretch);
  const rate = decay(stretch, stretch.spanSeconds);
  return Math.abs(rate * stretch.spanSeconds) < 1e-6
    ? stretch.newest * stretch.spanSeconds
    : (stretch.newest / rate) * (1 - Math.exp(-rate * stretch.spanSeconds));
}

/** Seconds from the newest end at which `count` objects have gone by; Infinity where there are fewer. */
export function ageAfter(stretch: Stretch, count: number): number {
  if (stretch.newest <= 0) return Infinity;
  if (stretch.spanSeconds === null) {
    const total = stretch.newest * tau(stretch);
    return count >= total ? Infinity : (tau(stretch) * count) / (total - count);
  }
  const rate = decay(stretch, stretch.spanSeconds);
  if (Math.abs(rate * stretch.spanSeconds) < 1e-6) return count / stretch.newest;
  const left = 1 - (count * rate) / stretch.newest;
  return left <= 0 ? Infinity : -Math.log(left) / rate;
}

function tau(stretch: Stretch): number {
  const pageSpan = Math.max(1, PAGE_MOST / stretch.newest);
  return Math.sqrt(pageSpan * Math.max(stretch.horizonSeconds, pageSpan));
}

/** k in density(age) = newest · e^(−k·age) */
function decay(stretch: Stretch, spanSeconds: number): number {
  if (stretch.oldest === null || stretch.oldest <= 0 || spanSeconds <= 0) return 0;
  return Math.log(stretch.newest / stretch.oldest) / spanSeconds;
}

/** Objects per second at an age below the newest end. */
export function densityAt(stretch: Stretch, ageSeconds: number): number {
  if (stretch.spanSeconds === null) return stretch.newest / (1 + ageSeconds / tau(stretch)) ** 2;
  return stretch.newest * Math.exp(-decay(stretch, stretch.spanSeconds) * ageSeconds);
}

/** Objects per second among these, newest first; null where they do not tell, as all are of one second. */
export function densityOf(items: readonly ListedItem[]): number | null {
  const first = items[0]?.created ?? null;
  const last = items.at(-1)?.created ?? null;
  return first === null || last === null || first === last ? null : (items.length - 1) / (first - last);
}

/** What objects of one second tell, where nothing else is known: as many as these, and the gap to the second above them. */
export function densityTo(above: number | null, items: readonly ListedItem[]): number | null {
  const last = items.at(-1)?.created ?? null;
  return above === null || last === null || above <= last ? null : items.length / (above - last);
}
