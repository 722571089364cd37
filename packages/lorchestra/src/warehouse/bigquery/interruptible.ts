import { delayedAbort } from "../../delayed-abort.js";
import { untilAborted } from "../../until-aborted.js";
import type { OpenOptions, Warehouse } from "../warehouse.js";
import type { Pace } from "./api/pace.js";

/** What an interrupted run may still wait for in ms, beside its commit: the row of its end takes BigQuery two or three seconds. */
const TELLING_MS = 3_500;
/** How long it may wait for its lease to be freed: one that is not freed passes. */
const LEAVING_MS = 3_000;
/** All that together, from the signal on: ten seconds after it the process ends, and has to have said how the run stands. */
const ENDING_MS = 9_000;

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
  let endsAtMs = Infinity;
  const end = (): void => void (endsAtMs = pace.nowMs() + ENDING_MS);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  const delayed = (mostMs: number) =>
    delayedAbort(signal, Math.max(0, Math.min(mostMs, endsAtMs - pace.nowMs())), pace);
  const atOnce =
    <A extends unknown[], T>(ask: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> =>
      untilAborted(signal, ask(...given));
  const later =
    <A extends unknown[], T>(ask: (...given: A) => Promise<T>) =>
    async (...given: A): Promise<T> => {
      using over = delayed(TELLING_MS);
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
        const load = await untilAborted(options.signal ?? signal, beginning);
        return {
          ...load,
          get staged() {
            return load.staged;
          },
          [Symbol.asyncDispose]: async () => {
            using over = delayed(LEAVING_MS);
            const leaving = (async () => await load[Symbol.asyncDispose]())();
            await untilAborted(over.signal, leaving).catch(() => undefined);
          },
        };
      } catch (error) {
        void beginning.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined); // Why there is none is told already.
        throw error;
      }
    },
  };
}
