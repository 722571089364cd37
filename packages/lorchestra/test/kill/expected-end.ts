import type { RunDocument } from "./compare-events.js";
import type { RunMode } from "./kill-plan.js";
import type { RunEnd } from "./run-process.js";
import { Violation } from "./violation.js";
import { argvOf, type World } from "./world.js";

/** A run that nothing has hindered; its words are kept for the log, but for those of a run that writes none. */
export function expectCompleted(world: World, end: RunEnd, mode: RunMode): void {
  const document = end.code === 0 ? documentOf(end) : null;
  if (document?.status !== "completed") throw unexpected(end, argvOf(mode).join(" "));
  if (mode !== "dry-run") world.told.push(document);
  if (mode === "plain" || mode === "full") world.isFirst = false;
}

export function documentOf(end: RunEnd): RunDocument {
  try {
    return JSON.parse(end.stdout) as RunDocument;
  } catch {
    throw unexpected(end, "its document");
  }
}

export function unexpected({ code, signal, stdout, stderr }: RunEnd, what: string): Violation {
  return new Violation(`${what}: ended with ${code ?? signal}\n${stdout.slice(-1500)}\n${stderr.slice(-1500)}`);
}
