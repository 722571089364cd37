import { LorchestraError } from "../../errors.js";

/** Rejects with whatever nobody has caught. */
export function listenForDefects(): Promise<never> {
  const { promise, reject } = withReject();
  process.on("uncaughtException", reject);
  process.on("unhandledRejection", reject);
  // Node would end a process in which nothing is under way without a word, and with a code that is not one of ours.
  process.once("beforeExit", () => reject(neverEnding()));
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
