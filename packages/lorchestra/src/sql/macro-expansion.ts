import { QUERY_MACROS } from "./macros.js";

/**
 * How often each macro repeats an argument, the most of its parameters, with the macros that it uses itself.
 *
 * DuckDB puts arguments in the place of parameters as text trees, so that macros nested in one another grow by the
 * product of these.
 */
const REPEATS: ReadonlyMap<string, number> = new Map(
  QUERY_MACROS.reduce<[string, number][]>((repeats, statement) => {
    const name = /MACRO (\w+)/.exec(statement)?.[1] ?? "";
    const inner = new Map(repeats);
    const most = [...statement.matchAll(/\(([^()]*)\) AS (.*?)(?=, \([^()]*\) AS |$)/gs)].map(
      ([, parameters = "", body = ""]) =>
        Math.max(...parameters.split(/,\s*/).map((parameter) => uses(body, parameter, inner))),
    );
    return [...repeats, [name, Math.max(1, ...most)]];
  }, []),
);

function uses(body: string, parameter: string, inner: ReadonlyMap<string, number>): number {
  return [...body.matchAll(new RegExp(`(\\w+)\\(${parameter}\\b|\\b${parameter}\\b`, "g"))].reduce(
    (sum, [, caller]) => sum + (inner.get(caller ?? "") ?? 1),
    0,
  );
}

/** The length of a query's text once DuckDB has expanded its macros, roughly. */
export function expandedLength(sql: string): number {
  let factor = 1;
  let length = 0;
  const stack: number[] = [];
  for (const [token, text, call, bracket] of sql.matchAll(
    /('(?:[^']|'')*'|"(?:[^"]|"")*")|(\w*\()|(\))|[^'"()\w]+|\w+/gs,
  )) {
    if (call !== undefined) {
      stack.push(factor);
      factor *= REPEATS.get(call.slice(0, -1)) ?? 1;
    } else if (bracket !== undefined) factor = stack.pop() ?? 1;
    length += (text ?? token).length * factor;
  }
  return length;
}
