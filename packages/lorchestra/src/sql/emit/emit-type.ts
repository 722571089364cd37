import { unsupported, invalid } from "../sql-problem.js";
import type { TypeNode } from "../syntax/tree.js";
import { quoteName } from "./quote.js";
import {
  arrayOf,
  BOOL,
  BYTES,
  DATE,
  DATETIME,
  FLOAT64,
  INT64,
  INTERVAL,
  JSON_TYPE,
  NUMERIC,
  STRING,
  TIME,
  TIMESTAMP,
  type SqlType,
} from "./sql-type.js";

/**
 * Each type of BigQuery with the one of DuckDB that holds the same values. A TIMESTAMP is an instant, so it is
 * TIMESTAMPTZ (in a session whose time zone is UTC); a DATETIME is DuckDB's TIMESTAMP. NUMERIC has 38 digits, 9 of them
 * behind the point (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#numeric_types).
 */
const TYPES: Readonly<Record<string, readonly [sql: string, type: SqlType]>> = {
  INT64: ["BIGINT", INT64],
  INT: ["BIGINT", INT64],
  SMALLINT: ["BIGINT", INT64],
  INTEGER: ["BIGINT", INT64],
  BIGINT: ["BIGINT", INT64],
  TINYINT: ["BIGINT", INT64],
  BYTEINT: ["BIGINT", INT64],
  FLOAT64: ["DOUBLE", FLOAT64],
  NUMERIC: ["DECIMAL(38, 9)", NUMERIC],
  DECIMAL: ["DECIMAL(38, 9)", NUMERIC],
  BOOL: ["BOOLEAN", BOOL],
  BOOLEAN: ["BOOLEAN", BOOL],
  STRING: ["VARCHAR", STRING],
  BYTES: ["BLOB", BYTES],
  JSON: ["JSON", JSON_TYPE],
  DATE: ["DATE", DATE],
  TIME: ["TIME", TIME],
  DATETIME: ["TIMESTAMP", DATETIME],
  TIMESTAMP: ["TIMESTAMPTZ", TIMESTAMP],
  INTERVAL: ["INTERVAL", INTERVAL],
};

/** Translates a type as it stands in CAST, ARRAY<…> or STRUCT<…>. */
export function emitType(node: TypeNode): { sql: string; type: SqlType } {
  if (node.name === "ARRAY" && node.element !== null) {
    const { sql, type } = emitType(node.element);
    return { sql: `${sql}[]`, type: arrayOf(type) };
  }
  if (node.name === "STRUCT") {
    const fields = node.fields.map(({ name, type }, index) => ({
      name: name?.text ?? unnamedField(index),
      ...emitType(type),
    }));
    return {
      sql: `STRUCT(${fields.map(({ name, sql }) => `${quoteName(name)} ${sql}`).join(", ")})`,
      type: { kind: "STRUCT", fields: fields.map(({ name, type }) => ({ name, type })) },
    };
  }
  const known = TYPES[node.name];
  if (known === undefined) throw unknownType(node);
  const [sql, type] = known;
  if (node.parameters.length === 0) return { sql, type };
  if (type.kind === "NUMERIC") return { sql: numericSql(node), type };
  throw unsupported(node.at, `a length of ${node.name}`, `write ${node.name} without a length`);
}

/** What BigQuery calls the field of a STRUCT that has no name. */
export function unnamedField(index: number): string {
  return `_field_${index + 1}`;
}

function numericSql({ at, parameters }: TypeNode): string {
  const [precision = 38, scale = 0] = parameters;
  if (scale < 0 || scale > 9 || precision < Math.max(1, scale) || precision - scale > 29) {
    throw invalid(
      at,
      "NUMERIC has up to 29 digits before the point and 9 behind it",
      "write NUMERIC without a precision",
    );
  }
  return `DECIMAL(${precision}, ${scale})`;
}

function unknownType({ at, name }: TypeNode): Error {
  if (name === "BIGNUMERIC" || name === "BIGDECIMAL")
    return unsupported(at, `the type ${name}`, "use NUMERIC, or FLOAT64");
  if (name === "GEOGRAPHY" || name === "RANGE") return unsupported(at, `the type ${name}`);
  return invalid(
    at,
    `\`${name}\` is not a type of BigQuery`,
    "use INT64, FLOAT64, NUMERIC, STRING, BOOL, DATE, DATETIME, TIMESTAMP or JSON",
  );
}
