import type { ConfigProblem } from "../../config/problem.js";
import type { Failure } from "../failure.js";
import type { Paint } from "./paint.js";
import { withLocalTimes } from "./figures.js";
import { onOneLine, wrap } from "./wrap.js";

export interface FailureStyle {
  readonly paint: Paint;
  readonly columns: number;
  /** Asked only where a time is told: finding it out costs 40 ms. */
  readonly timeZone: () => string;
  /** What failed, where that is one of several. */
  readonly subject?: string;
}

/** An error as an instruction: what failed, where, what to do next, and the code that documentation knows it by. */
export function failureLines(failure: Failure, { paint, columns, timeZone, subject }: FailureStyle): string[] {
  const mark = paint.red("✗");
  const text = (from: string): string => onOneLine(withLocalTimes(from, timeZone).replace(/\s+/g, " "));
  const message = text(failure.message);
  const hint = text(failure.hint);
  const head = subject === undefined ? message : `${subject}: ${message}`;
  const [first = "", ...more] = wrap(head, Math.max(columns - 2, 40));
  return [
    `${mark} ${first}`,
    ...indented(more),
    ...problemLines(failure.problems, paint),
    ...indented(wrap(asSentence(hint), Math.max(columns - 2, 40))),
    `  ${paint.dim(tail(failure))}`,
  ];
}

function tail(failure: Failure): string {
  const requestId = failure.facts["requestId"];
  const request = typeof requestId === "string" ? [`request ${requestId}`] : [];
  return onOneLine([...request, `code ${failure.code}`, `exit ${failure.exitCode}`].join("   "));
}

/** One line a problem: place, path, what to write instead. */
function problemLines(problems: readonly ConfigProblem[], paint: Paint): string[] {
  const places = problems.map(({ source, line, column }) =>
    onOneLine(line === null ? source : `${source}:${line}:${column ?? 1}`),
  );
  const width = Math.max(0, ...places.map((place) => place.length));
  return problems.map(({ path, message }, index) => {
    const place = paint.bold((places[index] ?? "").padEnd(width));
    return `  ${place}  ${onOneLine(`${path === "" ? "" : `${path}: `}${message}`)}`;
  });
}

function asSentence(hint: string): string {
  const first = hint.charAt(0).toUpperCase() + hint.slice(1);
  return first === "" || /[.?!)…]$/.test(first) ? first : `${first}.`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
