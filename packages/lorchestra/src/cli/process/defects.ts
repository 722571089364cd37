import { LorchestraError } from "../../errors.js";

/** Rejects with whatever nobody has caught. The signal's own reason is no defect: the command is on its way to an orderly end. */
export function listenForDefects(signal: AbortSignal): Promise<never> {
  const { promise, reject } = withReject();
  const onUncaught = (error: unknown): void => {
    if (!signal.aborted || error !== signal.reason) reject(error);
  };
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  // Node would end a process in which nothing is under way without a word, and with a code that is not one of ours.
  process.once("beforeExit", () => reject(signal.aborted ? signal.reason : neverEnding()));
  return promise;
}

function neverEnding(): LorchestraError {
  return new LorchestraError("INTERNAL", "the command came to no end: what it waits for will never come", {
    hint: "Does a job module wait for something? If not, report this; what was committed is safe.",
  });
}

function withReject(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}
