import { macro, once } from "./macro.js";

/** What the functions on JSON need: a part of `QUERY_MACROS`, which says how to run them. */
export const JSON_MACROS: readonly string[] = [
  // DuckDB stores text with lone surrogates in JSON columns but cannot parse it, and would say so with the text in the
  // message: such a document, like a STRING that is no JSON, has no fields.
  macro("bq_json(document)", "TRY_CAST(CAST(document AS VARCHAR) AS JSON)"),
  macro("bq_json_get(document, path)", "json_extract(bq_json(document), path)"),
  macro("bq_json_text(document, path)", "nullif(CAST(bq_json_get(document, path) AS VARCHAR), 'null')"),
  macro("bq_json_value(document, path)", "json_value(bq_json(document), path) ->> '$'"),
  macro(
    "bq_json_elements(document, path)",
    once(
      "bq_json_get(document, path)",
      "bq_whole",
      "CASE WHEN json_type(bq_whole) = 'ARRAY' THEN CAST(json_extract(bq_whole, '$[*]') AS JSON[]) END",
    ),
  ),
  macro(
    "bq_json_values(document, path)",
    once(
      "bq_json_elements(document, path)",
      "bq_items",
      "CASE WHEN len(list_filter(bq_items, lambda bq_item: json_type(bq_item) IN ('OBJECT', 'ARRAY'))) = 0 THEN list_transform(bq_items, lambda bq_item: bq_item ->> '$') END",
    ),
  ),
  macro(
    "bq_json_element(document, place)",
    "CASE WHEN place >= 0 THEN json_extract(bq_json(document), CAST(place AS BIGINT)) END",
  ),
  macro(
    "bq_json_field(document, field)",
    `json_extract(bq_json(document), '$."' || regexp_replace(field, '(["\\\\])', '\\\\\\1', 'g') || '"')`,
  ),
  macro(
    "bq_json_type(document)",
    once(
      "json_type(bq_json(document))",
      "bq_type",
      "CASE WHEN bq_type IS NULL THEN NULL WHEN bq_type = 'VARCHAR' THEN 'string' WHEN bq_type IN ('BOOLEAN', 'NULL', 'OBJECT', 'ARRAY') THEN lower(bq_type) ELSE 'number' END",
    ),
  ),
  macro(
    "bq_json_keys(document)",
    once(
      "bq_json(document)",
      "bq_whole",
      "CASE WHEN json_type(bq_whole) = 'OBJECT' THEN list_sort(json_keys(bq_whole)) END",
    ),
  ),
  macro(
    "bq_parse_json(text, failure)",
    once("text", "bq_text", "CASE WHEN bq_text IS NULL THEN NULL ELSE coalesce(bq_json(bq_text), failure) END"),
  ),
  // Neither NaN nor 0 has a sign.
  macro(
    "bq_float_text(input)",
    once(
      "input",
      "bq_input",
      "CASE WHEN isnan(bq_input) THEN 'NaN' WHEN bq_input = 0 THEN '0' ELSE regexp_replace(CAST(bq_input AS VARCHAR), '\\.0$', '') END",
    ),
  ),
  macro(
    "bq_json_number(input)",
    once(
      "input",
      "bq_input",
      "CASE WHEN isfinite(bq_input) THEN bq_float_text(bq_input) WHEN isnan(bq_input) THEN '\"NaN\"' WHEN bq_input > 0 THEN '\"Infinity\"' WHEN bq_input < 0 THEN '\"-Infinity\"' END",
    ),
  ),
  macro(
    "bq_json_integer(input)",
    once(
      "input",
      "bq_input",
      "CASE WHEN bq_input BETWEEN -9007199254740992 AND 9007199254740992 THEN to_json(bq_input) WHEN bq_input IS NOT NULL THEN to_json(CAST(bq_input AS VARCHAR)) END",
    ),
  ),
  macro("bq_to_json_text(input)", "CAST(coalesce(to_json(input), 'null'::JSON) AS VARCHAR)"),

  macro("bq_is_integer(document)", "json_type(document) IN ('BIGINT', 'UBIGINT')"),
  macro("bq_is_number(document)", "json_type(document) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"),
  macro("bq_double(document)", "CAST(document ->> '$' AS DOUBLE)"),
  // Decimals of 38 digits are slow: integers, which nearly all numbers are, take no way over them.
  macro(
    "bq_json_int64(document, failure)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_value IS NULL THEN NULL WHEN bq_is_integer(bq_value) THEN coalesce(TRY_CAST(bq_value ->> '$' AS BIGINT), failure) WHEN bq_is_number(bq_value) AND bq_double(bq_value) = trunc(bq_double(bq_value)) THEN coalesce(TRY_CAST(bq_double(bq_value) AS BIGINT), failure) ELSE failure END",
    ),
  ),
  macro(
    "bq_json_float64(document, failure)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_value IS NULL THEN NULL WHEN bq_is_number(bq_value) THEN bq_double(bq_value) ELSE failure END",
    ),
  ),
  macro(
    "bq_json_bool(document, failure)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_value IS NULL THEN NULL WHEN json_type(bq_value) = 'BOOLEAN' THEN (bq_value ->> '$') = 'true' ELSE failure END",
    ),
  ),
  macro(
    "bq_json_string(document, failure)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_value IS NULL THEN NULL WHEN json_type(bq_value) = 'VARCHAR' THEN bq_value ->> '$' ELSE failure END",
    ),
  ),
  macro(
    "bq_json_array(document, failure)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_value IS NULL THEN NULL WHEN json_type(bq_value) = 'ARRAY' THEN CAST(json_extract(bq_value, '$[*]') AS JSON[]) ELSE failure END",
    ),
  ),
  macro(
    "bq_to_string(input, failure)",
    once(
      "input",
      "bq_input",
      "CASE WHEN typeof(bq_input) = 'JSON' THEN bq_json_string(bq_json(bq_input), failure) ELSE CAST(bq_input AS VARCHAR) END",
    ),
  ),

  macro(
    "bq_lax_int64(document)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_is_integer(bq_value) THEN TRY_CAST(bq_value ->> '$' AS BIGINT) WHEN bq_is_number(bq_value) THEN TRY_CAST(round(bq_double(bq_value)) AS BIGINT) WHEN json_type(bq_value) = 'BOOLEAN' THEN CAST((bq_value ->> '$') = 'true' AS BIGINT) WHEN json_type(bq_value) = 'VARCHAR' THEN TRY_CAST(round(TRY_CAST(bq_value ->> '$' AS DECIMAL(38, 9))) AS BIGINT) END",
    ),
  ),
  macro(
    "bq_lax_float64(document)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_is_number(bq_value) OR json_type(bq_value) = 'VARCHAR' THEN TRY_CAST(bq_value ->> '$' AS DOUBLE) END",
    ),
  ),
  macro(
    "bq_lax_bool(document)",
    once(
      "document",
      "bq_value",
      "CASE WHEN bq_is_number(bq_value) THEN bq_double(bq_value) <> 0 WHEN lower(bq_value ->> '$') IN ('true', 'false') THEN lower(bq_value ->> '$') = 'true' END",
    ),
  ),
  macro(
    "bq_lax_string(document)",
    once(
      "document",
      "bq_value",
      "CASE WHEN json_type(bq_value) = 'DOUBLE' THEN bq_float_text(bq_double(bq_value)) ELSE json_value(bq_value, '$') ->> '$' END",
    ),
  ),
];
