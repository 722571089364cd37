import { invalid, unsupported } from "../sql-problem.js";
import type { Expression } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import { emitType } from "./emit-type.js";
import { quoteText } from "./quote.js";
import type { Scope } from "./scope.js";
import type { SqlType } from "./sql-type.js";
import { typed, type Typed } from "./typed.js";

/**
 * CAST and SAFE_CAST. Where DuckDB's conversion gives another value than BigQuery's
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions), a macro takes its place: of
 * strings to INT64 ('1.5' is an error, not 2) and BOOL ('yes' is an error), of FLOAT64 to INT64 (halves are rounded away
 * from zero) and of FLOAT64, TIMESTAMP and INTERVAL to STRING.
 */
export function emitCast(node: Extract<Expression, { kind: "cast" }>, scope: Scope, emitter: Emitter): Typed {
  const value = emitter.expression(node.value, scope);
  const { sql: to, type } = emitType(node.type);
  const cast = `${node.safe ? "TRY_CAST" : "CAST"}(${value.sql} AS ${to})`;
  if (value.type.kind === "JSON" && type.kind !== "JSON") {
    throw invalid(
      node.at,
      `JSON cannot be cast to ${type.kind}`,
      "use INT64(...), FLOAT64(...), BOOL(...) or STRING(...), or JSON_VALUE first",
    );
  }
  if (type.kind === "JSON" && value.type.kind !== "JSON" && value.type.kind !== "NULL") {
    throw invalid(node.at, "nothing can be cast to JSON", "use PARSE_JSON(...) or TO_JSON(...)");
  }
  if (type.kind === "INTERVAL") throw unsupported(node.at, "a cast to INTERVAL", "write INTERVAL 7 DAY");
  const failure = (what: string): string =>
    node.safe ? "NULL" : `error(${quoteText(`CAST: the text is not ${what}`)})`;
  if (type.kind === "INT64") return typed(castToInteger(value, node.safe, failure("an INT64")), type);
  if (type.kind === "STRING") return typed(castToString(value, cast), type);
  if (type.kind === "DATETIME") return typed(castToDatetime(value, cast), type);
  if (value.type.kind !== "STRING") return typed(cast, type);
  if (type.kind === "BOOL") return typed(`bq_parse_bool(${value.sql}, ${failure("a BOOL")})`, type);
  return typed(type.kind === "BYTES" ? `encode(${value.sql})` : cast, type);
}

function castToInteger({ sql, type }: Typed, safe: boolean, failure: string): string {
  const cast = safe ? "TRY_CAST" : "CAST";
  if (type.kind === "STRING") return `bq_parse_int64(${sql}, ${failure})`;
  if (type.kind === "FLOAT64" || type.kind === "NUMERIC") return `${cast}(round(${sql}) AS BIGINT)`;
  if (type.kind === "UNKNOWN") return `bq_to_int64(${sql}, ${failure})`;
  return `${cast}(${sql} AS BIGINT)`;
}

/** CAST(… AS STRING) of anything but JSON. */
export function castToString({ sql, type }: Typed, otherwise: string): string {
  const kind: SqlType["kind"] = type.kind;
  if (kind === "STRING") return sql;
  if (kind === "FLOAT64") return `bq_float_text(${sql})`;
  if (kind === "NUMERIC") return `bq_numeric_text(${sql})`;
  if (kind === "TIMESTAMP") return `bq_timestamp_text(CAST(${sql} AS TIMESTAMPTZ))`;
  if (kind === "DATETIME") return `bq_datetime_text(CAST(${sql} AS TIMESTAMP))`;
  if (kind === "INTERVAL") return `bq_interval_text(${sql})`;
  if (kind === "BYTES") return `decode(${sql})`;
  return otherwise;
}

function castToDatetime({ sql, type }: Typed, otherwise: string): string {
  // The session's time zone is UTC, as BigQuery's default is.
  return type.kind === "TIMESTAMP" ? `CAST(CAST(${sql} AS TIMESTAMPTZ) AS TIMESTAMP)` : otherwise;
}
