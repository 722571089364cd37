/**
 * What BigQuery's functions need in DuckDB beside the functions it has: statements to run once on each connection that
 * runs translated queries, in this order (joined with semicolons they are one call). They live in the connection's
 * temporary catalogue and change no file; running them again is harmless. The session's TimeZone has to be UTC.
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
    "bq_float_text(input)",
    once(
      "input",
      "bq_input",
      "CASE WHEN isnan(bq_input) THEN 'NaN' ELSE regexp_replace(CAST(bq_input AS VARCHAR), '\\.0$', '') END",
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

  macro(
    "bq_parse_int64(text, failure)",
    once(
      "text",
      "bq_text",
      "CASE WHEN bq_text IS NULL THEN NULL WHEN regexp_full_match(bq_text, '\\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\\s*') THEN coalesce(TRY_CAST(bq_text AS BIGINT), failure) ELSE failure END",
    ),
  ),
  macro(
    "bq_parse_bool(text, failure)",
    once(
      "lower(text)",
      "bq_text",
      "CASE WHEN bq_text IS NULL THEN NULL WHEN bq_text IN ('true', 'false') THEN bq_text = 'true' ELSE failure END",
    ),
  ),
  macro(
    "bq_to_int64(input, failure)",
    once(
      "input",
      "bq_input",
      "CASE WHEN bq_input IS NULL THEN NULL WHEN typeof(bq_input) = 'VARCHAR' THEN bq_parse_int64(CAST(bq_input AS VARCHAR), failure) WHEN typeof(bq_input) IN ('FLOAT', 'DOUBLE') THEN coalesce(TRY_CAST(round(TRY_CAST(bq_input AS DOUBLE)) AS BIGINT), failure) ELSE coalesce(TRY_CAST(bq_input AS BIGINT), failure) END",
    ),
  ),
  macro("bq_numeric_text(input)", "regexp_replace(CAST(input AS VARCHAR), '\\.0+$|(\\.[0-9]*[1-9])0+$', '\\1')"),
  // Fractions of a second have no digits, three or six.
  macro(
    "bq_fraction(instant)",
    "CASE WHEN epoch_us(instant) % 1000000 = 0 THEN '' WHEN epoch_us(instant) % 1000 = 0 THEN strftime(instant, '.%g') ELSE strftime(instant, '.%f') END",
  ),
  macro(
    "bq_datetime_text(instant)",
    once("instant", "bq_instant", "strftime(bq_instant, '%Y-%m-%d %H:%M:%S') || bq_fraction(bq_instant)"),
  ),
  macro("bq_timestamp_text(instant)", "bq_datetime_text(instant) || '+00'"),
  macro("bq_seconds_text(instant)", "regexp_replace(strftime(instant, '%S.%f'), '\\.?0{1,6}$', '')"),
  macro(
    "bq_zone_offset(civil, instant, colon)",
    once(
      "epoch_us(civil) - epoch_us(instant)",
      "bq_offset_us",
      "CASE WHEN bq_offset_us < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(bq_offset_us) // 3600000000 AS VARCHAR), 2, '0') || colon || lpad(CAST(abs(bq_offset_us) // 60000000 % 60 AS VARCHAR), 2, '0')",
    ),
  ),
  macro(
    "bq_month_array(first, final, months)",
    once(
      { first: "first", final: "final" },
      "bq_range",
      "CASE WHEN bq_range.first IS NULL OR bq_range.final IS NULL THEN NULL ELSE list_filter(list_transform(generate_series(0, date_diff('month', bq_range.first, bq_range.final) // months), lambda bq_step: CAST(bq_range.first + to_months(CAST(bq_step * months AS INTEGER)) AS DATE)), lambda bq_day: (months > 0 AND bq_day <= bq_range.final) OR (months < 0 AND bq_day >= bq_range.final)) END",
    ),
  ),
  macro("bq_divide(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE dividend / divisor END"),
  macro("bq_div(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE trunc(dividend // divisor) END"),
  macro("bq_mod(dividend, divisor, failure)", "CASE WHEN divisor = 0 THEN failure ELSE dividend % divisor END"),
  // Position 0 is 1, and one before the beginning is the beginning.
  macro(
    "bq_start(text, start)",
    "CASE WHEN start > 0 THEN start WHEN start = 0 OR start < -length(text) THEN 1 ELSE length(text) + start + 1 END",
  ),
  macro(
    "bq_substr(text, start)",
    once({ text: "text", start: "start" }, "bq_part", "substring(bq_part.text, bq_start(bq_part.text, bq_part.start))"),
  ),
  macro(
    "bq_substr_of(text, start, size)",
    once(
      { text: "text", start: "start", size: "size" },
      "bq_part",
      "CASE WHEN bq_part.size < 0 THEN error('SUBSTR: the length is negative') ELSE substring(bq_part.text, bq_start(bq_part.text, bq_part.start), bq_part.size) END",
    ),
  ),
  macro(
    "bq_regexp_extract(text, pattern, matched)",
    once(
      "text",
      "bq_text",
      "CASE WHEN regexp_matches(bq_text, pattern) THEN regexp_extract(bq_text, pattern, matched) END",
    ),
  ),
  macro(
    "bq_offset(list, place)",
    once(
      { list: "list", place: "place" },
      "bq_at",
      "CASE WHEN bq_at.place < 0 OR bq_at.place >= len(bq_at.list) THEN error('the array has no element at that position') ELSE bq_at.list[bq_at.place + 1] END",
    ),
  ),
  macro("bq_safe_offset(list, place)", "CASE WHEN place >= 0 THEN list[place + 1] END"),
  macro("bq_last(list)", once("list", "bq_list", "bq_offset(bq_list, len(bq_list) - 1)")),
  macro(
    "bq_in(input, list)",
    once(
      { input: "input", list: "list" },
      "bq_of",
      "CASE WHEN bq_of.list IS NULL OR len(bq_of.list) = 0 THEN FALSE WHEN list_contains(bq_of.list, bq_of.input) THEN TRUE WHEN bq_of.input IS NULL OR len(list_filter(bq_of.list, lambda bq_item: bq_item IS NULL)) > 0 THEN NULL ELSE FALSE END",
    ),
  ),
  macro(
    "bq_texts(list, missing)",
    once(
      { list: "list", missing: "missing" },
      "bq_of",
      "list_transform(bq_of.list, lambda bq_item: coalesce(CAST(bq_item AS VARCHAR), bq_of.missing))",
    ),
  ),
];

function macro(head: string, body: string): string {
  return `CREATE OR REPLACE TEMP MACRO ${head} AS ${body}`;
}

/**
 * Computes arguments once and gives them to `body` under a name: one as itself, several as fields. DuckDB writes a macro's
 * argument out wherever its parameter stands, and does not find that the copies are equal: a payload would be parsed for
 * each. And what stands in the lambda may be neither a subquery nor a column of an outer query, so that arguments that may
 * be such go through here even if they stand once. The names begin with `bq_` so that they hide no column of the query.
 */
function once(argument: string | Readonly<Record<string, string>>, name: string, body: string): string {
  const value =
    typeof argument === "string"
      ? argument
      : `{${Object.entries(argument)
          .map(([field, sql]) => `'${field}': ${sql}`)
          .join(", ")}}`;
  return `list_extract(list_transform([${value}], lambda ${name}: ${body}), 1)`;
}
