import { invalid } from "../sql-problem.js";
import type { Expression, GroupBy } from "../syntax/tree.js";
import { refuseJson } from "./comparable.js";
import type { Emitter, Selected } from "./emitter.js";
import type { Scope } from "./scope.js";
import type { Typed } from "./typed.js";

/** GROUP BY with items, ALL, ROLLUP, CUBE or GROUPING SETS. */
export function emitGroupBy(groupBy: GroupBy, selected: readonly Selected[], scope: Scope, emitter: Emitter): string {
  if (groupBy.kind === "all") return "GROUP BY ALL";
  const items = groupBy.items.map((set) => set.map((item) => emitItem(item, selected, scope, emitter).sql));
  if (groupBy.kind === "items") return `GROUP BY ${items.map(([item]) => item).join(", ")}`;
  const sets = items.map((set) =>
    set.length === 1 && groupBy.kind !== "GROUPING SETS" ? set[0] : `(${set.join(", ")})`,
  );
  return `GROUP BY ${groupBy.kind} (${sets.join(", ")})`;
}

/**
 * A name that is an alias of the SELECT list means what that alias stands for, even where a column has the name
 * (zetasql/analyzer/testdata/alias_ambiguity.test of github.com/google/zetasql); DuckDB would take the column.
 */
function emitItem(item: Expression, selected: readonly Selected[], scope: Scope, emitter: Emitter): Typed {
  const value = byPosition(item, selected) ?? byAlias(item, selected) ?? emitter.expression(item, scope);
  refuseJson(item.at, value, "what rows are grouped by");
  return value;
}

function byPosition(item: Expression, selected: readonly Selected[]): Typed | null {
  if (item.kind !== "integer") return null;
  if (Number(item.text) < 1)
    throw invalid(item.at, `there is no column ${item.text} to group by`, "count the columns of SELECT from 1");
  // With a star in the list positions are DuckDB's to count.
  const type = selected[Number(item.text) - 1]?.value.type ?? ({ kind: "UNKNOWN" } as const);
  return { sql: BigInt(item.text).toString(), type };
}

function byAlias(item: Expression, selected: readonly Selected[]): Typed | null {
  if (item.kind !== "name") return null;
  const named = selected.filter(({ name }) => name.toLowerCase() === item.name.text.toLowerCase());
  const [first] = named;
  if (named.some(({ value }) => value.sql !== first?.value.sql)) {
    throw invalid(item.at, `\`${item.name.text}\` is the name of several columns of SELECT`, "give each another alias");
  }
  return first?.value ?? null;
}
