import { QUERY_MACROS } from "./macros.js";

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\w*[([{]|[)\]}]|,|\.\w+|\w+(?:\.\w+)*|[^'"()[\]{},.\w]+|\./gs;

/**
 * How often each macro writes out each of its arguments, with the macros that it uses itself.
 *
 * DuckDB puts an argument wherever its parameter stands, so that macros nested in one another grow by the product.
 */
const REPEATS = new Map<string, readonly number[]>();
for (const statement of QUERY_MACROS) {
  const [, name = "", parameters = "", body = ""] = /MACRO (\w+)\(([^()]*)\) AS (.*)/s.exec(statement) ?? [];
  const counts = parameters.split(/,\s*/).map((parameter) => {
    let count = 0;
    forEachToken(body, (token, times) => (count += token === parameter ? times : 0));
    return count;
  });
  REPEATS.set(name, counts);
}

/** The length of a query's text once DuckDB has expanded its macros, roughly. */
export function expandedLength(sql: string): number {
  let length = 0;
  forEachToken(sql, (token, times) => (length += token.length * times));
  return length;
}

/** Calls `visit` with each token and how often it will be there, once the macros around it are expanded. */
function forEachToken(sql: string, visit: (token: string, times: number) => void): void {
  const open: { times: number; repeats: readonly number[] | null; index: number }[] = [];
  let times = 1;
  for (const [token] of sql.matchAll(TOKEN)) {
    const call = open.at(-1);
    if (/^\w*[([{]$/.test(token)) {
      const repeats = REPEATS.get(token.slice(0, -1)) ?? null;
      open.push({ times, repeats, index: 0 });
      times *= repeats?.[0] ?? 1;
    } else if (/^[)\]}]$/.test(token)) times = open.pop()?.times ?? 1;
    else if (token === "," && call !== undefined) {
      call.index += 1;
      times = call.times * (call.repeats?.[call.index] ?? 1);
    }
    visit(token, times);
  }
}
