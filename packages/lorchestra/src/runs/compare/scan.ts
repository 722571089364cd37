import type { Spill } from "../../spill/spill.js";
import type { PortionContext } from "./portion.js";
import { encodeRow } from "./spilled-entries.js";
import type { Failure } from "../until-failure.js";

/** All of a stream's rows on their way into a spill, while other work goes on. Disposal ends it, and waits for that. */
export interface Scan extends AsyncDisposable {
  /** Rejects with what failed. */
  readonly ended: Promise<void>;
  /** So that a long read does not go on for nothing. */
  throwIfFailed(): void;
}

export function startScan(into: Spill, { warehouse, scope, payload, retrieve }: PortionContext): Scan {
  const stop = new AbortController();
  const signal = retrieve.signal === undefined ? stop.signal : AbortSignal.any([retrieve.signal, stop.signal]);
  let failure: Failure | null = null;
  const scan = async (): Promise<void> => {
    for await (const row of warehouse.scanRows(scope, { payload, signal })) {
      signal.throwIfAborted();
      into.add(row.externalId, encodeRow(row));
    }
  };
  const ended = scan();
  const settled = ended.catch((error: unknown) => {
    failure = { error };
  });
  return {
    ended,
    throwIfFailed() {
      if (failure !== null) throw failure.error;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await settled;
    },
  };
}
