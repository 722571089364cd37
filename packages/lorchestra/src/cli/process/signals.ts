import { setMaxListeners } from "node:events";
import { exitCodeOfInterruption } from "../exit-code.js";
import { Interruption } from "../io.js";

/** An interrupted run has this long to commit what is staged. */
const DRAIN_LIMIT_MS = 10_000;

/** The first signal asks for an orderly end, the second ends at once: what was committed is safe either way. */
export function listenForSignals(exit: typeof process.exit): AbortSignal {
  const controller = new AbortController();
  // Every request and every commit listens: Node's warning about more than ten listeners means leaks, not these.
  setMaxListeners(0, controller.signal);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      const interruption = new Interruption(name);
      const end = (): never => exit(exitCodeOfInterruption(interruption));
      if (controller.signal.aborted) end();
      setTimeout(end, DRAIN_LIMIT_MS).unref();
      controller.abort(interruption);
    });
  return controller.signal;
}
