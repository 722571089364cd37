import { stackOfReported } from "../../runs/job/reported-error.js";
import type { ReportedError } from "../../runs/run-report.js";
import type { CommandContext } from "../command-context.js";
import { exitCodeOfError } from "../exit-code.js";
import type { Failure } from "../failure.js";
import { failureLines } from "./failure-lines.js";

/** Prints the error of one job, or of one connection, on stderr; with --debug its facts and its stack too. */
export async function printReportedError(
  subject: string,
  error: ReportedError,
  { io, paint, mode, redactor }: CommandContext,
): Promise<void> {
  const failure: Failure = {
    ...error,
    problems: [],
    exitCode: exitCodeOfError(error.code),
    stack: stackOfReported(error),
  };
  const lines = failureLines(failure, {
    paint: paint.stderr,
    columns: io.stderr.columns,
    timeZone: () => io.timeZone(),
    subject,
  });
  if (mode.debug) lines.push(`  ${JSON.stringify(error.facts)}`, ...(failure.stack === null ? [] : [failure.stack]));
  await io.stderr.write(`${redactor.hideStrictly(lines.join("\n"))}\n`);
}
