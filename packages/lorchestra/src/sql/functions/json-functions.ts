import { arrayOf, BOOL, FLOAT64, INT64, JSON_TYPE, STRING, type SqlType } from "../emit/sql-type.js";
import { quoteName, quoteText } from "../emit/quote.js";
import { typed, type Typed } from "../emit/typed.js";
import { translateJsonPath } from "../json-path.js";
import { unsupported } from "../sql-problem.js";
import { castToString } from "../emit/emit-cast.js";
import { written, type CallSite, type FunctionRule, type Rules } from "./function-rule.js";

/** Functions on JSON (https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions). */
export const JSON_FUNCTIONS: Rules = {
  JSON_VALUE: { count: [1, 2], takes: ["json", "string"], emit: (site) => atPath(site, "bq_json_value", STRING) },
  JSON_EXTRACT_SCALAR: {
    count: [1, 2],
    takes: ["json", "string"],
    emit: (site) => atPath(site, "bq_json_value", STRING),
  },
  JSON_QUERY: { count: [1, 2], takes: ["json", "string"], emit: extract },
  JSON_EXTRACT: { count: [1, 2], takes: ["json", "string"], emit: extract },
  JSON_QUERY_ARRAY: { count: [1, 2], takes: ["json", "string"], emit: elements },
  JSON_EXTRACT_ARRAY: { count: [1, 2], takes: ["json", "string"], emit: elements },
  JSON_VALUE_ARRAY: { count: [1, 2], takes: ["json", "string"], emit: values },
  JSON_EXTRACT_STRING_ARRAY: { count: [1, 2], takes: ["json", "string"], emit: values },
  INT64: converter("bq_json_int64", INT64, "the JSON value is not an integer"),
  FLOAT64: { ...converter("bq_json_float64", FLOAT64, "the JSON value is not a number"), named: ["wide_number_mode"] },
  BOOL: converter("bq_json_bool", BOOL, "the JSON value is not a boolean"),
  STRING: { count: [1, 2], emit: string },
  LAX_INT64: lax("bq_lax_int64", INT64),
  LAX_FLOAT64: lax("bq_lax_float64", FLOAT64),
  LAX_BOOL: lax("bq_lax_bool", BOOL),
  LAX_STRING: lax("bq_lax_string", STRING),
  INT64_ARRAY: arrayConverter("bq_json_int64", INT64),
  FLOAT64_ARRAY: arrayConverter("bq_json_float64", FLOAT64),
  BOOL_ARRAY: arrayConverter("bq_json_bool", BOOL),
  STRING_ARRAY: arrayConverter("bq_json_string", STRING),
  PARSE_JSON: {
    count: [1, 1],
    takes: ["string"],
    named: ["wide_number_mode"],
    emit: (site) => typed(`bq_parse_json(${site.arg(0).sql}, ${site.failure("the text is not JSON")})`, JSON_TYPE),
  },
  TO_JSON: { count: [1, 1], named: ["stringify_wide_numbers"], emit: toJson },
  TO_JSON_STRING: { count: [1, 2], emit: toJsonString },
  JSON_TYPE: written(STRING, [1, 1], ["json"], (json) => `bq_json_type(${json})`),
  JSON_KEYS: { count: [1, 2], takes: ["json", "integer"], emit: keys },
  JSON_ARRAY: {
    count: [0, Infinity],
    emit: (site) =>
      typed(
        `json_array(${site
          .args()
          .map(({ sql }) => sql)
          .join(", ")})`,
        JSON_TYPE,
      ),
  },
  JSON_OBJECT: {
    count: [0, Infinity],
    emit: (site) =>
      typed(
        `json_object(${site
          .args()
          .map(({ sql }) => sql)
          .join(", ")})`,
        JSON_TYPE,
      ),
  },
};

/** The document and path of the first two arguments: a path inside a field only makes the field's longer. */
function located(site: CallSite): { document: string; path: string; type: SqlType } {
  const value = site.arg(0);
  const at = site.call.args[1]?.at ?? site.call.at;
  const path = site.length < 2 ? "$" : translateJsonPath(site.text(1), at);
  const { document, path: before } = value.json ?? { document: value.sql, path: "$" };
  return { document, path: before + path.slice(1), type: value.type };
}

function atPath(site: CallSite, macro: string, type: SqlType): Typed {
  const { document, path } = located(site);
  return typed(`${macro}(${document}, ${quoteText(path)})`, type);
}

/** Of JSON it gives JSON; of a STRING a STRING, in which a JSON null is NULL. */
function extract(site: CallSite): Typed {
  const { document, path, type } = located(site);
  if (type.kind === "STRING") return typed(`bq_json_text(${document}, ${quoteText(path)})`, STRING);
  return { ...typed(`bq_json_get(${document}, ${quoteText(path)})`, JSON_TYPE), json: { document, path } };
}

function elements(site: CallSite): Typed {
  const { document, path, type } = located(site);
  const list = `bq_json_elements(${document}, ${quoteText(path)})`;
  return type.kind === "STRING"
    ? typed(`CAST(${list} AS VARCHAR[])`, arrayOf(STRING))
    : typed(list, arrayOf(JSON_TYPE));
}

function values(site: CallSite): Typed {
  const { document, path } = located(site);
  return typed(`bq_json_values(${document}, ${quoteText(path)})`, arrayOf(STRING));
}

function converter(macro: string, type: SqlType, message: string): FunctionRule {
  return {
    count: [1, 1],
    takes: ["json"],
    emit: (site) => typed(`${macro}(${site.arg(0).sql}, ${site.failure(message)})`, type),
  };
}

function lax(macro: string, type: SqlType): FunctionRule {
  return { count: [1, 1], takes: ["json"], emit: (site) => typed(`${macro}(${site.arg(0).sql})`, type) };
}

function arrayConverter(macro: string, type: SqlType): FunctionRule {
  return {
    count: [1, 1],
    takes: ["json"],
    emit: (site) => {
      const failure = site.failure("the JSON value is not an array of these");
      return typed(
        `list_transform(bq_json_array(${site.arg(0).sql}, ${failure}), lambda bq_item: ${macro}(bq_item, ${failure}))`,
        arrayOf(type),
      );
    },
  };
}

/** STRING(json), or the text of a DATE, DATETIME or TIMESTAMP. */
function string(site: CallSite): Typed {
  const value = site.arg(0);
  const failure = site.failure("the JSON value is not a string");
  if (site.length === 2)
    throw unsupported(site.call.at, "STRING with a time zone", "use FORMAT_TIMESTAMP('%F %T%Ez', ..., zone)");
  if (value.type.kind === "JSON") return typed(`bq_json_string(${value.sql}, ${failure})`, STRING);
  if (value.type.kind === "UNKNOWN") return typed(`bq_to_string(${value.sql}, ${failure})`, STRING);
  return typed(castToString(value, `CAST(${value.sql} AS VARCHAR)`), STRING);
}

/** Without a depth BigQuery also lists the keys of objects within, as paths. */
function keys(site: CallSite): Typed {
  if (site.length < 2 || site.number(1) !== 1) {
    throw unsupported(
      site.call.at,
      "JSON_KEYS of nested objects",
      "write JSON_KEYS(x, 1) for the keys of the object itself",
    );
  }
  return typed(`bq_json_keys(${site.arg(0).sql})`, arrayOf(STRING));
}

function toJson(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  return typed(
    type.kind === "JSON" ? sql : `to_json(${encodable(sql, type, { wide: false, at: site.call.at })})`,
    JSON_TYPE,
  );
}

function toJsonString(site: CallSite): Typed {
  if (site.length === 2) throw unsupported(site.call.at, "TO_JSON_STRING with pretty_print", "leave it out");
  const { sql, type } = site.arg(0);
  if (type.kind === "TIMESTAMP")
    return typed(
      `to_json(strftime(CAST(${sql} AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S') || bq_fraction(CAST(${sql} AS TIMESTAMPTZ)) || 'Z')::VARCHAR`,
      STRING,
    );
  if (type.kind === "FLOAT64") return typed(`coalesce(bq_json_number(${sql}), 'null')`, STRING);
  if (type.kind === "NUMERIC") return typed(`coalesce(bq_json_numeric(${sql}), 'null')`, STRING);
  return typed(`bq_to_json_text(${encodable(sql, type, { wide: true, at: site.call.at })})`, STRING);
}

/**
 * A value whose JSON in DuckDB is that of BigQuery (https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#json_encodings):
 * BYTES are base64, what is no number is text, and, where `wide`, so is an exact number that a double may not hold.
 */
function encodable(sql: string, type: SqlType, options: { wide: boolean; at: number }, depth = 0): string {
  const { at } = options;
  if (type.kind === "INTERVAL") throw unsupported(at, "JSON of an INTERVAL", "write CAST(... AS STRING)");
  if (type.kind === "BYTES") return `base64(${sql})`;
  if (type.kind === "FLOAT64") return `CAST(bq_json_number(${sql}) AS JSON)`;
  if (type.kind === "NUMERIC" && options.wide) return `CAST(bq_json_numeric(${sql}) AS JSON)`;
  if (type.kind === "INT64" && options.wide) return `bq_json_integer(${sql})`;
  if (type.kind !== "ARRAY" && type.kind !== "STRUCT") return sql;
  const item = `bq_item${depth}`;
  if (type.kind === "ARRAY") {
    const inner = encodable(item, type.element, options, depth + 1);
    return inner === item ? sql : `list_transform(${sql}, lambda ${item}: ${inner})`;
  }
  const fields = type.fields.map(({ name, type: of }) => {
    const field = `(${item}).${quoteName(name)}`;
    return { name, field, inner: encodable(field, of, options, depth + 1) };
  });
  if (fields.every(({ field, inner }) => inner === field)) return sql;
  const struct = fields.map(({ name, inner }) => `${quoteText(name)}: ${inner}`).join(", ");
  return `list_extract(list_transform([${sql}], lambda ${item}: CASE WHEN ${item} IS NOT NULL THEN {${struct}} END), 1)`;
}
