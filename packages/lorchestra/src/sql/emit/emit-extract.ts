import { checkPart, weekShiftDays } from "../date-part.js";
import { invalid } from "../sql-problem.js";
import type { Expression } from "../syntax/tree.js";
import { civil } from "../time-zone.js";
import type { Emitter } from "./emitter.js";
import type { Scope } from "./scope.js";
import { DATE, DATETIME, INT64, TIME } from "./sql-type.js";
import { typed, type Typed } from "./typed.js";

/** Parts whose value needs no more than DuckDB's own name for them. */
const PLAIN: Readonly<Record<string, string>> = {
  SECOND: "second",
  MINUTE: "minute",
  HOUR: "hour",
  DAY: "day",
  DAYOFYEAR: "dayofyear",
  ISOWEEK: "week",
  MONTH: "month",
  QUARTER: "quarter",
  YEAR: "year",
  ISOYEAR: "isoyear",
};
const PARTS = ["MICROSECOND", "MILLISECOND", ...Object.keys(PLAIN), "DAYOFWEEK", "WEEK", "DATE", "DATETIME", "TIME"];

/** `EXTRACT(part FROM value [AT TIME ZONE zone])`. */
export function emitExtract(node: Extract<Expression, { kind: "extract" }>, scope: Scope, emitter: Emitter): Typed {
  const { part } = node;
  checkPart(part, PARTS, "EXTRACT");
  const value = emitter.expression(node.value, scope);
  const { kind } = value.type;
  if (kind === "STRING" || kind === "JSON" || kind === "INT64")
    throw invalid(
      node.at,
      `EXTRACT takes a date or a time, not ${kind}`,
      "convert it first, as in TIMESTAMP_SECONDS(...) or CAST(... AS DATE)",
    );
  const zone = node.zone === null ? null : emitter.expression(node.zone, scope);
  const from = kind === "TIMESTAMP" || zone !== null ? civil(value.sql, zone, node.at) : value.sql;

  if (part.name === "DATE") return typed(`CAST(${from} AS DATE)`, DATE);
  if (part.name === "TIME") return typed(`CAST(${from} AS TIME)`, TIME);
  if (part.name === "DATETIME") return typed(`CAST(${from} AS TIMESTAMP)`, DATETIME);
  return typed(numberSql(from, part), INT64);
}

function numberSql(from: string, part: Extract<Expression, { kind: "extract" }>["part"]): string {
  // DuckDB's fractions count the seconds too, and its weekdays from 0.
  if (part.name === "MICROSECOND") return `(extract('microsecond' FROM ${from}) % 1000000)`;
  if (part.name === "MILLISECOND") return `(extract('millisecond' FROM ${from}) % 1000)`;
  if (part.name === "DAYOFWEEK") return `(extract('dow' FROM ${from}) + 1)`;
  if (part.name === "WEEK") {
    // Days before the year's first such weekday are in week 0.
    const shift = weekShiftDays(part) ?? 0;
    const sinceWeekday = `((extract('isodow' FROM ${from}) - 1 + ${shift}) % 7)`;
    return `((extract('dayofyear' FROM ${from}) - 1 + 7 - ${sinceWeekday}) // 7)`;
  }
  return `extract('${PLAIN[part.name]}' FROM ${from})`;
}
