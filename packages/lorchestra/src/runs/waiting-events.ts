import { LorchestraError } from "../errors.js";
import type { EventLog } from "../events/event-log.js";
import { prepareOnce } from "./job/prepare-once.js";
import type { RunContext } from "./run-context.js";
import type { Notice } from "./run-report.js";

/**
 * Delivers what earlier runs have left waiting, as far as the warehouse takes it. Returns what there is to tell of rows that it
 * will not take by itself later either; null where there are none.
 */
export async function deliverWaiting(contexts: readonly RunContext[]): Promise<Notice | null> {
  let refusal: LorchestraError | null = null;
  for (const [eventLog, warehouse] of new Map(contexts.map((context) => [context.eventLog, context.warehouse]))) {
    let refused = await deliver(eventLog);
    if (refused !== null) {
      // Their table may not have been there, or not yet. Not before the first try: nearly always nothing waits, and jobs would.
      await prepareOnce(warehouse).catch(() => undefined); // Why it cannot be made is for the jobs to tell.
      refused = await deliver(eventLog);
    }
    refusal ??= refused;
  }
  if (refusal === null) return null;
  const message = `events of earlier runs are still not in the event log: ${refusal.message}; ${refusal.hint}`;
  return { code: "EVENTS_REFUSED", message };
}

/** Returns why the warehouse will not take them later either. Whatever fails, they stay in the spool for the next run. */
async function deliver(eventLog: EventLog): Promise<LorchestraError | null> {
  try {
    await eventLog.deliverSpooled();
    return null;
  } catch (error) {
    // A warehouse that is out of order is told by the jobs themselves.
    const isRefusal = error instanceof LorchestraError && error.remedy !== "retry" && error.remedy !== "wait";
    return isRefusal ? error : null;
  }
}

/** The same event log, and what there is to tell of the events that were recorded through it. */
export function watchedEventLog(log: EventLog): { readonly eventLog: EventLog; notices(): Notice[] } {
  let areWaiting = false;
  const record: EventLog["record"] = async (rows) => {
    const outcome = await log.record(rows);
    areWaiting ||= outcome === "waiting";
    return outcome;
  };
  return { eventLog: { ...log, record }, notices: () => (areWaiting ? [EVENTS_WAITING] : []) };
}

/** Of a container that is thrown away they are gone: `event_log` then has a job without an end, as of one that was killed. */
const EVENTS_WAITING: Notice = {
  code: "EVENTS_WAITING",
  message: "the warehouse did not take rows of event_log: they wait in .lorchestra, and come with the next run",
};
