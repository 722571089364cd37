import { jobCompleted, jobFailed, jobStarted, upsertCompleted } from "../../events/job-events.js";
import type { EventRow } from "../../events/event-row.js";
import { noRows } from "../../warehouse/no-rows.js";
import type { StreamScope } from "../../warehouse/warehouse.js";
import { deleteGuard } from "../delete-guard.js";
import { newSubject } from "../job/event-subject.js";
import { holdStream } from "../job/hold-stream.js";
import { eventErrorOf, outcomeOf } from "../job/job-outcome.js";
import { recordStart } from "../job/job-record.js";
import type { PortionContext } from "../compare/portion.js";
import type { ReadPlan } from "../read/read-plan.js";
import { type Repair, repairInto } from "./repair.js";
import type { RunContext } from "../run-context.js";
import type { Failure } from "../until-failure.js";

/** How objects are read, and whether the warehouse had any of the stream. */
export type RepairContext = PortionContext & Pick<ReadPlan, "holdsNothing">;

/**
 * Does `work` while it holds the stream, so that no other run changes what is being verified: what it plans by, it has to read
 * itself. It is given what opens the repair, once it knows how objects are read. Tells the event log, as of a job; the start is
 * told with the first portion, once it is known whose account the key opens. Throws why it failed.
 */
export async function repairing(
  job: { readonly name: string; readonly stream: string },
  context: RunContext,
  scope: StreamScope,
  work: (openRepair: (context: RepairContext) => Repair) => Promise<void>,
): Promise<void> {
  const { clock, eventLog, warehouse, options } = context;
  const startedMs = clock.monotonicMs();
  const subject = newSubject(job, context, scope.objectType);
  const payload = { job: job.name, stream: job.stream, mode: "repair", since: null, until: null } as const;
  const started = jobStarted(subject, new Date(clock.wallMs()), payload);
  let repair: Repair | null = null;
  let holdsNothing = false;

  const failure = await holdStream(context, scope, {
    async work(load) {
      await work((portions) => {
        const opened = repairInto(load, deleteGuard(warehouse, scope, options.allowDeletes), portions);
        repair = opened;
        holdsNothing = portions.holdsNothing;
        return startTold(opened);
      });
      await repair?.flush();
      return null;
    },
    events: (failure) => [started, ...endEvents(repair, failure)],
  });
  if (failure !== null) throw failure.error;

  function startTold(opened: Repair): Repair {
    let isTold = false;
    return {
      ...opened,
      async take(faults) {
        if (!isTold) await recordStart(eventLog, [started]);
        isTold = true;
        await opened.take(faults);
      },
    };
  }

  function endEvents(repair: Repair | null, failure: Failure | null): EventRow[] {
    const at = new Date(clock.wallMs());
    const { commits, ...counts } = repair?.written ?? { ...noRows(), commits: 0 };
    const { repaired, quarantined, remaining } = repair?.result ?? { repaired: 0, quarantined: 0, remaining: 0 };
    const { inserted, updated, deleted } = counts;
    const records_extracted = repaired + quarantined + remaining;
    const duration_ms = Math.round(clock.monotonicMs() - startedMs);
    const outcome = outcomeOf(failure, holdsNothing, context.signal);
    const { status } = outcome;
    const ended = { job: job.name, status, records_extracted, inserted, updated, deleted, duration_ms, notices: [] };
    const error = eventErrorOf(outcome, "verify again: what was committed is kept");
    const upsert = { job: job.name, stream: job.stream, records_extracted, ...counts, commits };
    return [
      ...(error === null || commits > 0 ? [upsertCompleted(subject, at, upsert)] : []),
      error === null ? jobCompleted(subject, at, ended) : jobFailed(subject, at, { ...ended, error }),
    ];
  }
}
