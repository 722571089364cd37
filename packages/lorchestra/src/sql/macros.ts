/**
 * What BigQuery's functions need in DuckDB beside the functions it has: statements to run once on each connection that
 * runs translated queries, in this order. They live in the connection's temporary catalogue and change no file; running
 * them again is harmless. The session's TimeZone has to be UTC.
 *
 * Names of lambda parameters begin with `bq_` so that they hide no column of the query.
 *
 * `failure` stands for what happens where BigQuery raises an error: `error('…')`, or NULL in its SAFE functions.
 */
export const QUERY_MACROS: readonly string[] = [
  // DuckDB stores text with lone surrogates in JSON columns but cannot parse it, and would say so with the text in the
  // message: such a document, like a STRING that is no JSON, has no fields.
  macro("bq_json(document)", "TRY_CAST(CAST(document AS VARCHAR) AS JSON)"),
  macro("bq_json_get(document, path)", "json_extract(bq_json(document), path)"),
  macro("bq_json_text(document, path)", "nullif(CAST(bq_json_get(document, path) AS VARCHAR), 'null')"),
  macro("bq_json_value(document, path)", "json_value(bq_json(document), path) ->> '$'"),
  macro(
    "bq_json_elements(document, path, items)",
    "CASE WHEN json_type(bq_json(document), path) = 'ARRAY' THEN CAST(json_extract(bq_json(document), items) AS JSON[]) END",
  ),
  macro(
    "bq_json_values(document, path, items)",
    "CASE WHEN len(list_filter(bq_json_elements(document, path, items), lambda bq_item: json_type(bq_item) IN ('OBJECT', 'ARRAY'))) = 0 THEN list_transform(bq_json_elements(document, path, items), lambda bq_item: bq_item ->> '$') END",
  ),
  macro("bq_json_element(document, place)", "CASE WHEN place >= 0 THEN json_extract(bq_json(document), place) END"),
  macro(
    "bq_json_field(document, field)",
    `json_extract(bq_json(document), '$."' || regexp_replace(field, '(["\\\\])', '\\\\\\1', 'g') || '"')`,
  ),
  macro(
    "bq_json_type(document)",
    "CASE json_type(bq_json(document)) WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN NULL THEN NULL ELSE CASE WHEN document IS NOT NULL THEN 'number' END END",
  ),
  macro(
    "bq_json_keys(document)",
    "CASE WHEN json_type(bq_json(document)) = 'OBJECT' THEN list_sort(json_keys(bq_json(document))) END",
  ),
  macro("bq_parse_json(text, failure)", "CASE WHEN text IS NULL THEN NULL ELSE coalesce(bq_json(text), failure) END"),
  macro("bq_to_json_text(input)", "CAST(coalesce(to_json(input), 'null'::JSON) AS VARCHAR)"),

  macro("bq_is_number(document)", "json_type(document) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"),
  macro("bq_number(document)", "TRY_CAST(document ->> '$' AS DECIMAL(38, 9))"),
  macro(
    "bq_json_int64(document, failure)",
    "CASE WHEN document IS NULL THEN NULL WHEN bq_is_number(document) AND bq_number(document) = trunc(bq_number(document)) THEN coalesce(TRY_CAST(trunc(bq_number(document)) AS BIGINT), failure) ELSE failure END",
  ),
  macro(
    "bq_json_float64(document, failure)",
    "CASE WHEN document IS NULL THEN NULL WHEN bq_is_number(document) THEN CAST(document ->> '$' AS DOUBLE) ELSE failure END",
  ),
  macro(
    "bq_json_bool(document, failure)",
    "CASE WHEN document IS NULL THEN NULL WHEN json_type(document) = 'BOOLEAN' THEN (document ->> '$') = 'true' ELSE failure END",
  ),
  macro(
    "bq_json_string(document, failure)",
    "CASE WHEN document IS NULL THEN NULL WHEN json_type(document) = 'VARCHAR' THEN document ->> '$' ELSE failure END",
  ),
  macro(
    "bq_json_array_of(document, items, failure)",
    "CASE WHEN document IS NULL THEN NULL WHEN json_type(document) = 'ARRAY' THEN items ELSE failure END",
  ),
  macro(
    "bq_to_string(input, failure)",
    "CASE WHEN typeof(input) = 'JSON' THEN bq_json_string(bq_json(input), failure) ELSE CAST(input AS VARCHAR) END",
  ),

  macro(
    "bq_lax_int64(document)",
    "CASE WHEN json_type(document) = 'BOOLEAN' THEN CAST((document ->> '$') = 'true' AS BIGINT) WHEN bq_is_number(document) OR json_type(document) = 'VARCHAR' THEN TRY_CAST(round(bq_number(document)) AS BIGINT) END",
  ),
  macro(
    "bq_lax_float64(document)",
    "CASE WHEN bq_is_number(document) OR json_type(document) = 'VARCHAR' THEN TRY_CAST(document ->> '$' AS DOUBLE) END",
  ),
  macro(
    "bq_lax_bool(document)",
    "CASE WHEN json_type(document) = 'BOOLEAN' THEN (document ->> '$') = 'true' WHEN bq_is_number(document) THEN CAST(document ->> '$' AS DOUBLE) <> 0 WHEN lower(document ->> '$') IN ('true', 'false') THEN lower(document ->> '$') = 'true' END",
  ),
  macro(
    "bq_lax_string(document)",
    "CASE WHEN json_type(document) = 'DOUBLE' THEN bq_float_text(CAST(document ->> '$' AS DOUBLE)) ELSE json_value(document, '$') ->> '$' END",
  ),

  macro(
    "bq_parse_int64(text, failure)",
    "CASE WHEN text IS NULL THEN NULL WHEN regexp_full_match(text, '\\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\\s*') THEN coalesce(TRY_CAST(text AS BIGINT), failure) ELSE failure END",
  ),
  macro(
    "bq_parse_bool(text, failure)",
    "CASE lower(text) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE ELSE CASE WHEN text IS NOT NULL THEN failure END END",
  ),
  macro(
    "bq_to_int64(input, failure)",
    "CASE WHEN input IS NULL THEN NULL WHEN typeof(input) = 'VARCHAR' THEN bq_parse_int64(CAST(input AS VARCHAR), failure) WHEN typeof(input) IN ('FLOAT', 'DOUBLE') THEN coalesce(TRY_CAST(round(TRY_CAST(input AS DOUBLE)) AS BIGINT), failure) ELSE coalesce(TRY_CAST(input AS BIGINT), failure) END",
  ),
  macro(
    "bq_float_text(input)",
    "CASE WHEN isnan(input) THEN 'NaN' ELSE regexp_replace(CAST(input AS VARCHAR), '\\.0$', '') END",
  ),
  macro("bq_numeric_text(input)", "regexp_replace(CAST(input AS VARCHAR), '\\.0+$|(\\.[0-9]*[1-9])0+$', '\\1')"),
  // Fractions of a second have no digits, three or six.
  macro(
    "bq_fraction(instant)",
    "CASE WHEN epoch_us(instant) % 1000000 = 0 THEN '' WHEN epoch_us(instant) % 1000 = 0 THEN strftime(instant, '.%g') ELSE strftime(instant, '.%f') END",
  ),
  macro("bq_datetime_text(instant)", "strftime(instant, '%Y-%m-%d %H:%M:%S') || bq_fraction(instant)"),
  macro("bq_timestamp_text(instant)", "bq_datetime_text(instant) || '+00'"),
  macro("bq_seconds_text(instant)", "regexp_replace(strftime(instant, '%S.%f'), '\\.?0{1,6}$', '')"),
  macro(
    "bq_zone_offset(civil, instant, colon)",
    "CASE WHEN epoch_us(civil) < epoch_us(instant) THEN '-' ELSE '+' END || lpad(CAST(abs(epoch_us(civil) - epoch_us(instant)) // 3600000000 AS VARCHAR), 2, '0') || colon || lpad(CAST(abs(epoch_us(civil) - epoch_us(instant)) // 60000000 % 60 AS VARCHAR), 2, '0')",
  ),
  macro(
    "bq_month_array(first, final, months)",
    "CASE WHEN first IS NULL OR final IS NULL THEN NULL ELSE list_filter(list_transform(generate_series(0, date_diff('month', first, final) // months), lambda bq_step: CAST(first + to_months(CAST(bq_step * months AS INTEGER)) AS DATE)), lambda bq_day: (months > 0 AND bq_day <= final) OR (months < 0 AND bq_day >= final)) END",
  ),

  macro("bq_divide(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE dividend / divisor END"),
  macro("bq_div(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE trunc(dividend // divisor) END"),
  macro("bq_mod(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE dividend % divisor END"),
  // Position 0 is 1, and one before the beginning is the beginning.
  macro(
    "bq_substr",
    "(text, start) AS substring(text, CASE WHEN start > 0 THEN start WHEN start = 0 OR start < -length(text) THEN 1 ELSE length(text) + start + 1 END), (text, start, size) AS CASE WHEN size < 0 THEN error('SUBSTR: the length is negative') ELSE substring(text, CASE WHEN start > 0 THEN start WHEN start = 0 OR start < -length(text) THEN 1 ELSE length(text) + start + 1 END, size) END",
  ),
  macro(
    "bq_regexp_extract(text, pattern, matched)",
    "CASE WHEN regexp_matches(text, pattern) THEN regexp_extract(text, pattern, matched) END",
  ),
  macro(
    "bq_offset(list, place)",
    "CASE WHEN place < 0 OR place >= len(list) THEN error('the array has no element at that position') ELSE list[place + 1] END",
  ),
  macro("bq_safe_offset(list, place)", "CASE WHEN place >= 0 THEN list[place + 1] END"),
  macro(
    "bq_in(input, list)",
    "CASE WHEN list IS NULL OR len(list) = 0 THEN FALSE WHEN list_contains(list, input) THEN TRUE WHEN input IS NULL OR len(list_filter(list, lambda bq_item: bq_item IS NULL)) > 0 THEN NULL ELSE FALSE END",
  ),
];

/** One macro, or, with only a name for a head, several that differ in the number of their parameters. */
function macro(head: string, body: string): string {
  return `CREATE OR REPLACE TEMP MACRO ${head}${head.endsWith(")") ? " AS" : ""} ${body}`;
}
