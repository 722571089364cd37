import { Console } from "node:console";
import { syncBuiltinESMExports } from "node:module";
import { LorchestraError } from "../../errors.js";

/**
 * The exit code and stdout are this command's own. A job's module that ended the process would end it with 0 while other jobs have
 * committed nothing, and what it prints with `console` would stand amid a JSON document.
 *
 * Once the signal has come, its reason is thrown instead: a library that ends the process at SIGINT, as those that drive a browser
 * do, wants what is under way already.
 */
export function keepForUs(signal: AbortSignal): void {
  process.exit = () => {
    signal.throwIfAborted();
    throw new LorchestraError("JOB_MODULE_INVALID", "a module of `jobs:` called process.exit", {
      hint: "return from the job's run, or throw an error: the exit code is lorchestra's, which has more to end",
    });
  };
  Object.assign(console, new Console(process.stderr, process.stderr));
  // Also for whoever has them by `import { exit } from "node:process"` or `import { log } from "node:console"`.
  syncBuiltinESMExports();
}

/**
 * Google's client warns where no machine of Google's answers it, with whatever the network said; that there are no credentials is
 * told as an error, with what to do: https://github.com/googleapis/gcp-metadata
 */
export function muteMetadataWarnings(): void {
  const emitWarning = process.emitWarning.bind(process) as (...given: unknown[]) => void;
  process.emitWarning = (...given: unknown[]) => {
    if (given[1] !== "MetadataLookupWarning") emitWarning(...given);
  };
}
