import { delayedAbort } from "../../delayed-abort.js";
import { untilAborted } from "../../until-aborted.js";
import type { OpenOptions, Warehouse } from "../warehouse.js";
import type { Pace } from "./api/pace.js";

/** What an interrupted run may still wait for in ms, beside its commit: the row of its end takes BigQuery two or three seconds. */
const TELLING_MS = 3_500;

/**
 * A BigQuery that cannot be reached is tried for minutes, and a process that was told to stop has seconds. So calls end with the
 * signal: those of a warehouse that is only read, and those before anything is read from the source, at once; others a little
 * later, as something may still be kept; a load when its own signal aborts.
 *
 * What nobody waits for any more is tried on until the process ends. Events that were not taken in time wait in the spool, and
 * come once, also where they were taken after all.
 */
export function interruptible(
  warehouse: Warehouse,
  { access, signal, pace }: Required<Pick<OpenOptions, "access" | "signal">> & { readonly pace: Pace },
): Warehouse {
  const atOnce =
    <A extends unknown[], T>(ask: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> =>
      untilAborted(signal, ask(...given));
  const later =
    <A extends unknown[], T>(ask: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      using over = delayedAbort(signal, TELLING_MS, pace);
      return await untilAborted(over.signal, ask(...given));
    };
  const soon: typeof atOnce = access === "read" ? atOnce : later;
  return {
    ...warehouse,
    prepare: atOnce(warehouse.prepare),
    readCheckpoint: atOnce(warehouse.readCheckpoint),
    otherCheckpoints: atOnce(warehouse.otherCheckpoints),
    newestReadAt: atOnce(warehouse.newestReadAt),
    exists: soon(warehouse.exists),
    countLive: soon(warehouse.countLive),
    readRows: soon(warehouse.readRows),
    readQuarantined: soon(warehouse.readQuarantined),
    appendEvents: soon(warehouse.appendEvents),
    unfinishedJobs: soon(warehouse.unfinishedJobs),
    estimateLoad: soon(warehouse.estimateLoad),
    query: soon(warehouse.query),
    beginLoad: async (scope, options) => {
      const beginning = warehouse.beginLoad(scope, options);
      try {
        return await untilAborted(options.signal ?? signal, beginning);
      } catch (error) {
        void beginning.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined); // Why there is none is told already.
        throw error;
      }
    },
  };
}
