import { quoteName } from "./quote.js";
import { refuseJson } from "./comparable.js";
import type { Emitter } from "./emitter.js";
import type { Scope } from "./scope.js";
import { invalid, unsupported } from "../sql-problem.js";
import type { FrameBound, OrderItem, Window } from "../syntax/tree.js";

/** ` OVER name` or ` OVER (…)`. */
export function emitOver(window: Window, scope: Scope, emitter: Emitter): string {
  const bare = window.partitionBy.length === 0 && window.orderBy.length === 0 && window.frame === null;
  const body = windowSql(window, scope, emitter);
  return bare && window.extends !== null ? ` OVER ${body}` : ` OVER (${body})`;
}

/** What stands in a window's brackets. */
export function windowSql(window: Window, scope: Scope, emitter: Emitter): string {
  const partitions = window.partitionBy.map((item) => {
    const value = emitter.expression(item, scope);
    refuseJson(item.at, value, "a partition");
    return value.sql;
  });
  if (window.extends !== null && !scope.windows.has(window.extends.text.toLowerCase())) {
    throw invalid(window.at, `there is no window \`${window.extends.text}\``, "define it behind WINDOW");
  }
  refuseDistancesOfFloats(window, scope, emitter);
  return [
    ...(window.extends === null ? [] : [quoteName(window.extends.text)]),
    ...(partitions.length === 0 ? [] : [`PARTITION BY ${partitions.join(", ")}`]),
    ...(window.orderBy.length === 0 ? [] : [emitOrderBy(window.orderBy, scope, emitter)]),
    ...(window.frame === null ? [] : [frameSql(window.frame, scope, emitter)]),
  ].join(" ");
}

/** NaN would lie at the other end, and DuckDB takes no second key there to put it right. */
function refuseDistancesOfFloats({ at, frame, ...window }: Window, scope: Scope, emitter: Emitter): void {
  if (frame?.unit !== "RANGE" || (frame.start.distance ?? frame.end?.distance ?? null) === null) return;
  for (let named: Pick<Window, "extends" | "orderBy"> | undefined = window; named !== undefined;) {
    const isFloat = named.orderBy.some(
      ({ expression }) => emitter.expression(expression, scope).type.kind === "FLOAT64",
    );
    if (isFloat) throw unsupported(at, "RANGE with a distance along a FLOAT64", "order by a NUMERIC or an INT64");
    named = scope.windows.get(named.extends?.text.toLowerCase() ?? "");
  }
}

function frameSql({ unit, start, end }: NonNullable<Window["frame"]>, scope: Scope, emitter: Emitter): string {
  const bound = ({ kind, distance }: FrameBound): string =>
    distance === null ? kind : `${emitter.expression(distance, scope).sql} ${kind}`;
  return `${unit} ${end === null ? bound(start) : `BETWEEN ${bound(start)} AND ${bound(end)}`}`;
}

/**
 * ORDER BY. NULLs come first in ascending order and last in descending, as in BigQuery
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#order_by_clause); DuckDB has them last in both.
 */
export function emitOrderBy(
  items: readonly OrderItem[],
  scope: Scope,
  emitter: Emitter,
  { nameScope = scope, isPlain = true }: { readonly nameScope?: Scope; readonly isPlain?: boolean } = {},
): string {
  if (items.length === 0) return "";
  const keys = items.flatMap(({ expression, descending, nulls }) => {
    const order = `NULLS ${nulls ?? (descending ? "LAST" : "FIRST")}`;
    const direction = `${descending ? "DESC" : "ASC"} ${order}`;
    // A position, not a value.
    if (expression.kind === "integer") return `${BigInt(expression.text)} ${direction}`;
    const value = emitter.expression(expression, expression.kind === "name" ? nameScope : scope);
    refuseJson(expression.at, value, "what rows are ordered by");
    const key = `${value.sql} ${direction}`;
    if (value.type.kind !== "FLOAT64" || !isPlain) return key;
    // NaN is the smallest number there, and the greatest in DuckDB.
    const { sql } = emitter.expression(expression, scope);
    return [`isnan(${sql}) ${descending ? "ASC" : "DESC"} ${order}`, key];
  });
  return `ORDER BY ${keys.join(", ")}`;
}
