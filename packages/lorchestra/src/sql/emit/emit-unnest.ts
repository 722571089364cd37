import { invalid } from "../sql-problem.js";
import type { FromItem } from "../syntax/tree.js";
import type { EmittedFrom, Emitter } from "./emitter.js";
import { quoteName } from "./quote.js";
import { NO_COLUMNS, type Scope } from "./scope.js";
import { INT64, UNKNOWN, type Column } from "./sql-type.js";

/**
 * An array in FROM. The fields of STRUCTs become columns, as they do in BigQuery; other elements are one column, named
 * as the alias is.
 */
export function emitUnnest(item: Extract<FromItem, { kind: "unnest" }>, scope: Scope, emitter: Emitter): EmittedFrom {
  const { sql: array, type } = emitter.expression(item.array, scope);
  if (type.kind === "JSON")
    throw invalid(item.at, "UNNEST takes an ARRAY, not JSON", "use UNNEST(JSON_QUERY_ARRAY(payload, '$.field'))");
  if (type.kind !== "ARRAY" && type.kind !== "UNKNOWN" && type.kind !== "NULL")
    throw invalid(item.at, `UNNEST takes an ARRAY, not ${type.kind}`);
  const element = type.kind === "ARRAY" ? type.element : UNKNOWN;
  const offset: Column | null = item.offset === null ? null : { name: item.offset.text, type: INT64 };
  const alias = item.alias?.text ?? `unnest_${item.at}`;

  if (element.kind === "STRUCT") {
    const position = offset === null ? "" : `, generate_subscripts(${array}, 1) - 1 AS ${quoteName(offset.name)}`;
    return {
      sql: `LATERAL (SELECT unnest(${array}, max_depth := 2)${position}) AS ${quoteName(alias)}`,
      relations: [{ alias, columns: { known: element.fields, complete: true }, element: null, offset }],
    };
  }
  const column: Column = { name: item.alias?.text ?? "f0_", type: element };
  const inner =
    offset === null
      ? `SELECT unnest(${array}) AS ${quoteName(column.name)}`
      : `SELECT "value" AS ${quoteName(column.name)}, "position" - 1 AS ${quoteName(offset.name)} FROM unnest(${array}) WITH ORDINALITY AS "array"("value", "position")`;
  return {
    sql: `LATERAL (${inner}) AS ${quoteName(alias)}`,
    relations: [{ alias, columns: NO_COLUMNS, element: column, offset }],
  };
}
