import { callSite } from "../functions/call-site.js";
import type { CallSite, FunctionRule } from "../functions/function-rule.js";
import { FUNCTIONS } from "../functions/functions.js";
import { insteadOf } from "../functions/not-covered.js";
import { invalid, unsupported } from "../sql-problem.js";
import type { Call } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import type { Scope } from "./scope.js";
import type { Typed } from "./typed.js";

/** Translates a call by its rule; throws SQL_UNSUPPORTED for a function that has none. */
export function emitCall(call: Call, scope: Scope, emitter: Emitter): Typed {
  const rule = Object.hasOwn(FUNCTIONS, call.name) ? FUNCTIONS[call.name] : undefined;
  if (rule === undefined) throw unsupported(call.at, `the function ${call.name.slice(0, 60)}`, insteadOf(call.name));
  checkForm(call, rule);
  const site = callSite(call, rule, scope, emitter);
  const value = rule.emit(site);
  // A macro that can fail is told to give NULL by the site itself.
  return call.safe && !value.sql.startsWith("bq_") ? tried(rule, site) : value;
}

/**
 * SAFE turns what the function raises into NULL, but not what its arguments raise: they are computed before TRY, which
 * takes neither subqueries nor aggregates.
 */
function tried(rule: FunctionRule, site: CallSite): Typed {
  const outside = new Map<number, string>();
  const arg = (index: number): Typed => {
    const { sql, type, literal } = site.arg(index);
    if (literal !== undefined) return site.arg(index);
    outside.set(index, sql);
    return { sql: `(bq_safe).a${index}`, type };
  };
  const { sql, type } = rule.emit({ ...site, arg, args: () => site.call.args.map((_, index) => arg(index)) });
  if (outside.size === 0) return { sql: `TRY(${sql})`, type };
  const fields = [...outside].map(([index, outer]) => `'a${index}': ${outer}`).join(", ");
  return { sql: `list_extract(list_transform([{${fields}}], lambda bq_safe: TRY(${sql})), 1)`, type };
}

function checkForm(call: Call, rule: FunctionRule): void {
  const [least, most] = rule.count;
  const count = call.args.length + (call.star ? 1 : 0);
  if (count > most && count <= (rule.mostInBigQuery ?? most)) {
    throw unsupported(call.at, `${call.name} with ${count} arguments`);
  }
  if (count < least || count > most) {
    const wanted = least === most ? `${least}` : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw invalid(call.at, `${call.name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${count}`);
  }
  for (const { name } of call.named) {
    if (!rule.named?.includes(name.text.toLowerCase()))
      throw unsupported(name.at, `the argument ${name.text} of ${call.name}`, "leave it out");
  }
  if (call.star && call.name !== "COUNT") throw invalid(call.at, `${call.name} takes no *`, "name a column");
  if (call.safe && rule.group !== undefined)
    throw invalid(call.at, `SAFE cannot stand before ${call.name}`, "leave out SAFE");
  if (rule.group === "window" && call.over === null)
    throw invalid(call.at, `${call.name} needs OVER (...) behind it`, `write ${call.name}(...) OVER (ORDER BY ...)`);
  if (rule.group !== undefined) return;
  if (call.over !== null)
    throw invalid(call.at, `${call.name} cannot have OVER`, "use OVER with an aggregate or window function");
  if (call.distinct || call.nulls !== null || call.having !== null || call.orderBy.length > 0 || call.limit !== null) {
    throw invalid(
      call.at,
      `${call.name} is not an aggregate function`,
      "leave out DISTINCT, ORDER BY, LIMIT and IGNORE NULLS",
    );
  }
}
