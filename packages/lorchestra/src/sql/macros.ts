import { JSON_MACROS } from "./json-macros.js";
import { macro, once } from "./macro.js";
import { NUMBER_MACROS } from "./number-macros.js";

/**
 * What BigQuery's functions need in DuckDB beside the functions it has: statements to run once on each connection that
 * runs translated queries, in this order (joined with semicolons they are one call). They live in the connection's
 * temporary catalogue and change no file; running them again is harmless. The session's TimeZone has to be UTC.
 *
 * `failure` stands for what happens where BigQuery raises an error: `error('…')`, or NULL in its SAFE functions.
 */
export const QUERY_MACROS: readonly string[] = [
  ...JSON_MACROS,
  ...NUMBER_MACROS,
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
  macro(
    "bq_json_numeric(input)",
    once(
      "input",
      "bq_input",
      "CASE WHEN bq_input = trunc(bq_input) AND abs(bq_input) <= 9007199254740992 THEN bq_numeric_text(bq_input) ELSE '\"' || bq_numeric_text(bq_input) || '\"' END",
    ),
  ),
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
  // Each part with a sign of its own: `1-2 -3 4:5:6.007`.
  macro(
    "bq_interval_text(span)",
    once(
      {
        months: "datepart('year', span) * 12 + datepart('month', span)",
        days: "datepart('day', span)",
        micros:
          "epoch_us(span - to_days(CAST(datepart('day', span) AS INTEGER)) - to_months(CAST(datepart('year', span) * 12 + datepart('month', span) AS INTEGER)))",
      },
      "bq_of",
      once(
        { months: "abs(bq_of.months)", micros: "abs(bq_of.micros)" },
        "bq_size",
        "CASE WHEN bq_of.months < 0 THEN '-' ELSE '' END || (bq_size.months // 12) || '-' || (bq_size.months % 12) || ' ' || bq_of.days || ' ' || CASE WHEN bq_of.micros < 0 THEN '-' ELSE '' END || (bq_size.micros // 3600000000) || ':' || (bq_size.micros // 60000000 % 60) || ':' || (bq_size.micros // 1000000 % 60) || bq_fraction(make_timestamp(bq_size.micros))",
      ),
    ),
  ),
  macro("bq_seconds_text(instant)", "regexp_replace(strftime(instant, '%S.%f'), '\\.?0{1,6}$', '')"),
  macro(
    "bq_zone_offset(civil, instant, colon)",
    once(
      "epoch_us(civil) - epoch_us(instant)",
      "bq_offset_us",
      "CASE WHEN bq_offset_us < 0 THEN '-' ELSE '+' END || lpad(CAST(abs(bq_offset_us) // 3600000000 AS VARCHAR), 2, '0') || colon || lpad(CAST(abs(bq_offset_us) // 60000000 % 60 AS VARCHAR), 2, '0')",
    ),
  ),
  // Of a time that the clocks show twice DuckDB takes the second, GoogleSQL the first (`timezone.At(cs).pre` in its
  // date_time_util.cc): the one with the offset of the day before.
  macro(
    "bq_instant(civil, zone)",
    once(
      { civil: "civil", zone: "zone", second: "civil AT TIME ZONE zone" },
      "bq_at",
      once(
        "make_timestamptz(epoch_us(bq_at.civil) - epoch_us((bq_at.second - to_days(1)) AT TIME ZONE bq_at.zone) + epoch_us(bq_at.second - to_days(1)))",
        "bq_first",
        "CASE WHEN bq_first < bq_at.second AND bq_first AT TIME ZONE bq_at.zone = bq_at.civil THEN bq_first ELSE bq_at.second END",
      ),
    ),
  ),
  // DuckDB's years go on; BigQuery's end with 9999. Not by year(), which is slow for an instant.
  macro(
    "bq_in_years(input, failure)",
    once(
      "input",
      "bq_day",
      "CASE WHEN epoch_us(bq_day) NOT BETWEEN -62135596800000000 AND 253402300799999999 THEN failure ELSE bq_day END",
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
    "bq_substr_of(text, start, size, failure)",
    once(
      { text: "text", start: "start", size: "size" },
      "bq_part",
      "CASE WHEN bq_part.size < 0 THEN failure ELSE substring(bq_part.text, bq_start(bq_part.text, bq_part.start), bq_part.size) END",
    ),
  ),
  // Of no character DuckDB's is -1.
  macro("bq_unicode(text)", once("unicode(text)", "bq_code", "CASE WHEN bq_code < 0 THEN 0 ELSE bq_code END")),
  macro(
    "bq_ascii(text, failure)",
    once("ascii(text)", "bq_code", "CASE WHEN bq_code > 127 THEN failure ELSE bq_code END"),
  ),
  // Half of a pair of surrogates is no character.
  macro(
    "bq_chr(code, failure)",
    once(
      "code",
      "bq_code",
      "CASE WHEN bq_code IS NULL THEN NULL WHEN bq_code = 0 THEN '' WHEN bq_code BETWEEN 1 AND 55295 OR bq_code BETWEEN 57344 AND 1114111 THEN chr(CAST(bq_code AS INTEGER)) ELSE failure END",
    ),
  ),
  // DuckDB counts bytes.
  macro(
    "bq_edit_distance(one, other, failure)",
    once(
      { one: "one", other: "other" },
      "bq_of",
      "CASE WHEN strlen(bq_of.one) > length(bq_of.one) OR strlen(bq_of.other) > length(bq_of.other) THEN failure ELSE levenshtein(bq_of.one, bq_of.other) END",
    ),
  ),
  // DuckDB counts a negative length from the other end, and takes a step of 0 for the end.
  macro(
    "bq_with_least(least, input, failure)",
    once("input", "bq_input", "CASE WHEN bq_input < least THEN failure ELSE bq_input END"),
  ),
  macro(
    "bq_step(step, standstill, failure)",
    once("step", "bq_by", "CASE WHEN bq_by = standstill THEN failure ELSE bq_by END"),
  ),
  // Behind its end even a pattern that an empty text fits finds nothing.
  macro(
    "bq_text_from(text, place, failure)",
    once(
      { text: "text", place: "place" },
      "bq_of",
      "CASE WHEN bq_of.place < 1 THEN failure WHEN bq_of.place = 1 OR bq_of.place <= length(bq_of.text) THEN substring(bq_of.text, bq_of.place) END",
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
    "bq_offset(list, place, failure)",
    once(
      { list: "list", place: "place" },
      "bq_at",
      "CASE WHEN bq_at.place < 0 OR bq_at.place >= len(bq_at.list) THEN failure ELSE bq_at.list[bq_at.place + 1] END",
    ),
  ),
  macro("bq_safe_offset(list, place)", "CASE WHEN place >= 0 THEN list[place + 1] END"),
  macro("bq_last(list, failure)", once("list", "bq_list", "bq_offset(bq_list, len(bq_list) - 1, failure)")),
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
