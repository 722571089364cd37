import type { CommandContext } from "../command-context.js";
import type { Failure } from "../failure.js";
import { failureLines } from "./failure-lines.js";

/** Tells on stderr what ended a command; with --debug its stack too. */
export async function printFailure(failure: Failure, { io, mode, paint, redactor }: CommandContext): Promise<void> {
  const lines = failureLines(failure, {
    paint: paint.stderr,
    columns: io.stderr.columns,
    timeZone: () => io.timeZone(),
  });
  if (mode.debug && failure.stack !== null) lines.push(failure.stack);
  await io.stderr.write(`${redactor.hideStrictly(lines.join("\n"))}\n`);
}
