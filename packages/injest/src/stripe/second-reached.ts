import type { StripeClient } from "./client/stripe-client.js";

/**
 * Milliseconds since the epoch at a monotonic time, by the earlier of two clocks: Stripe's, as its `Date` headers tell, and this
 * machine's own. Either may be wrong, and nothing tells which: what goes by a time that is too late loses what happens before
 * it, what goes by one that is too early reads some of it twice.
 *
 * `newestEvent`, in Unix seconds, is when the newest Stripe event happened that was read: an own clock that is behind that, is
 * behind, and the event's time counts in its place. One that is behind by more than a fortnight is taken for wrong:
 * what it asked for would soon be older than what Stripe keeps, and everything be read again in each run.
 */
export function earlierMsAt(
  { serverClock }: Pick<StripeClient, "serverClock">,
  monotonicMs: number,
  newestEvent: number | null = null,
): number {
  const stripeMs = serverClock.earliestAt(monotonicMs);
  const otherMs = Math.max(serverClock.ownAt(monotonicMs), (newestEvent ?? -Infinity) * 1000);
  const behindMs = stripeMs - otherMs;
  return behindMs > 0 && behindMs <= BELIEVED_BEHIND_MS ? otherMs : stripeMs;
}

export const BELIEVED_BEHIND_MS = 14 * 86_400_000;

/** The Unix second that a read which began at a monotonic time has come to: what happens from then on is still to be read. */
export function secondReached(
  client: Pick<StripeClient, "serverClock">,
  startedMs: number,
  newestEvent: number | null = null,
): number {
  return Math.floor(earlierMsAt(client, startedMs, newestEvent) / 1000);
}
