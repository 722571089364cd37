import type { ConfigProblem } from "../../config/problem.js";
import type { Failure } from "../failure.js";
import type { Paint } from "./paint.js";
import { wrap } from "./wrap.js";

/** An error as an instruction: what failed, where, what to do next, and the code that documentation knows it by. */
export function failureLines(failure: Failure, style: { paint: Paint; columns: number; subject?: string }): string[] {
  const { paint, columns, subject } = style;
  const mark = paint.red("✗");
  const head = subject === undefined ? failure.message : `${subject}: ${failure.message}`;
  const [first = "", ...more] = wrap(head, Math.max(columns - 2, 40));
  return [
    `${mark} ${first}`,
    ...indented(more),
    ...problemLines(failure.problems, paint),
    ...indented(wrap(asSentence(failure.hint), Math.max(columns - 2, 40))),
    `  ${paint.dim(tail(failure))}`,
  ];
}

function tail(failure: Failure): string {
  const requestId = failure.facts["requestId"];
  const request = typeof requestId === "string" ? [`request ${requestId}`] : [];
  return [...request, `code ${failure.code}`, `exit ${failure.exitCode}`].join("   ");
}

/** One line a problem: place, path, what to write instead. */
function problemLines(problems: readonly ConfigProblem[], paint: Paint): string[] {
  const places = problems.map(({ source, line, column }) =>
    line === null ? source : `${source}:${line}:${column ?? 1}`,
  );
  const width = Math.max(0, ...places.map((place) => place.length));
  return problems.map(({ path, message }, index) => {
    const place = paint.bold((places[index] ?? "").padEnd(width));
    return `  ${place}  ${path === "" ? "" : `${path}: `}${message}`;
  });
}

function asSentence(hint: string): string {
  const first = hint.charAt(0).toUpperCase() + hint.slice(1);
  return first === "" || /[.?!)…]$/.test(first) ? first : `${first}.`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
