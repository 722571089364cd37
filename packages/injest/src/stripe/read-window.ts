import type { Batch, ReadOptions } from "../source.js";
import { closeRanges } from "./list/close-ranges.js";
import { listChanges } from "./list/list-changes.js";
import type { ReadSession } from "./read-session.js";

/**
 * Lists what was created in [since, until); its cursors stand for nothing. Objects without `created` are in no window but
 * the one without bounds.
 */
export async function* readWindow(
  session: ReadSession,
  window: NonNullable<ReadOptions["window"]>,
): AsyncGenerator<Batch<unknown>> {
  const second = (date: Date | undefined): number | null => (date ? Math.ceil(date.getTime() / 1000) : null);
  const isBounded = window.since !== undefined || window.until !== undefined;
  const range = { from: second(window.since) ?? (isBounded ? 0 : null), until: second(window.until), after: null };
  if (range.until !== null && range.from !== null && range.from >= range.until) return;
  const startedMs = session.client.clock.monotonicMs();
  for await (const page of listChanges(session, [range])) {
    session.count(page);
    const now = session.secondAt(session.client.clock.monotonicMs());
    const listed = closeRanges(page.listed, { until: session.secondAt(startedMs), now });
    if (page.value.length > 0 || listed.length > 0) yield { changes: page.value, listed, cursor: null };
  }
}
