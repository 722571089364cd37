import { impliedName } from "../syntax/implied-name.js";
import type { Expression, Select } from "../syntax/tree.js";
import { checkBool, refuseJson } from "./comparable.js";
import { emitFrom } from "./emit-from.js";
import { emitGroupBy } from "./emit-group-by.js";
import { emitStar } from "./emit-star.js";
import { windowSql } from "./emit-window.js";
import type { EmittedBody, Emitter, Selected } from "./emitter.js";
import { quoteName } from "./quote.js";
import type { Columns, Scope } from "./scope.js";
import type { Typed } from "./typed.js";

/** Translates one SELECT. `outer` is the scope around it. */
export function emitSelect(select: Select, outer: Scope, emitter: Emitter): EmittedBody {
  const from = select.from === null ? null : emitFrom(select.from, outer, emitter);
  const scope: Scope = {
    withTables: outer.withTables,
    relations: from?.relations ?? [],
    selected: null,
    windows: new Map(select.windows.map(({ name, window }) => [name.text.toLowerCase(), window])),
    outer,
  };
  const list = emitList(select, scope, emitter);
  const late: Scope = { ...scope, selected: aliases(list.selected) };

  const parts = [
    select.distinct ? "SELECT DISTINCT" : "SELECT",
    list.sql,
    ...(from === null ? [] : [`FROM ${from.sql}`]),
    ...(select.where === null ? [] : [`WHERE ${condition(select.where, "WHERE", scope, emitter)}`]),
    ...(select.groupBy === null ? [] : [emitGroupBy(select.groupBy, list.selected, scope, emitter)]),
    ...(select.having === null ? [] : [`HAVING ${condition(select.having, "HAVING", late, emitter)}`]),
    ...(select.windows.length === 0 ? [] : [`WINDOW ${namedWindows(select, scope, emitter)}`]),
    ...(select.qualify === null ? [] : [`QUALIFY ${condition(select.qualify, "QUALIFY", late, emitter)}`]),
  ];
  if (select.distinct) for (const { at, value } of list.selected) refuseJson(at, value, "a column of SELECT DISTINCT");
  return { sql: parts.join(" "), columns: list.columns, orderScope: late };
}

function emitList(
  select: Select,
  scope: Scope,
  emitter: Emitter,
): { sql: string; selected: Selected[]; columns: Columns } {
  const selected: Selected[] = [];
  const known: { name: string; type: Typed["type"] }[] = [];
  let complete = true;
  let unnamed = 0;
  const items = select.items.map((item) => {
    if (item.kind === "star") {
      const star = emitStar(item, scope, emitter);
      known.push(...star.columns.known);
      complete &&= star.columns.complete;
      return star.sql;
    }
    const { expression, alias } = item;
    const value = emitter.expression(expression, scope);
    const implied = alias?.text ?? impliedName(expression);
    const name = implied ?? `f${unnamed++}_`;
    selected.push({ name, value, at: expression.at });
    known.push({ name, type: value.type });
    // Of a column of an outer query DuckDB would take the alias for what is meant.
    return value.sql === quoteName(name) ? value.sql : `${value.sql} AS ${quoteName(name)}`;
  });
  return { sql: items.join(", "), selected, columns: { known, complete } };
}

/** Aliases that HAVING, QUALIFY and ORDER BY may use; one that two columns have means neither. */
function aliases(selected: readonly Selected[]): Map<string, Typed> {
  const found = new Map<string, Typed>();
  const twice = new Set<string>();
  for (const { name, value } of selected) {
    const key = name.toLowerCase();
    if (found.has(key) && found.get(key)?.sql !== value.sql) twice.add(key);
    found.set(key, value);
  }
  for (const key of twice) found.delete(key);
  return found;
}

function condition(node: Expression, clause: string, scope: Scope, emitter: Emitter): string {
  const { sql, type } = emitter.expression(node, scope);
  checkBool(node.at, type, clause);
  return sql;
}

function namedWindows(select: Select, scope: Scope, emitter: Emitter): string {
  return select.windows
    .map(({ name, window }) => `${quoteName(name.text)} AS (${windowSql(window, scope, emitter)})`)
    .join(", ");
}
