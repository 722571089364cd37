import { macro, once } from "./macro.js";

/** What the operators on numbers need, where DuckDB's give another value than BigQuery's: a part of `QUERY_MACROS`. */
export const NUMBER_MACROS: readonly string[] = [
  // DuckDB holds NaN equal to itself and greater than all else. Only the left one is looked at: a number is never equal to a
  // NaN on the right, and never greater.
  ...Object.entries({ bq_equal: "=", bq_greater: ">", bq_at_least: ">=" }).map(([name, operator]) =>
    macro(
      `${name}(one, other)`,
      `CASE WHEN isnan(one) THEN CASE WHEN other IS NOT NULL THEN FALSE END ELSE one ${operator} other END`,
    ),
  ),
  // DuckDB's sums and products overflow to infinity; BigQuery's are an error, unless an operand was infinite already.
  ...Object.entries({ bq_float_add: "+", bq_float_subtract: "-", bq_float_multiply: "*" }).map(([name, operator]) =>
    macro(
      `${name}(one, other, failure)`,
      once(
        { one: "CAST(one AS DOUBLE)", other: "CAST(other AS DOUBLE)" },
        "bq_of",
        finite(`bq_of.one ${operator} bq_of.other`),
      ),
    ),
  ),
  macro(
    "bq_float_divide(one, other, by_zero, failure)",
    once(
      { one: "CAST(one AS DOUBLE)", other: "CAST(other AS DOUBLE)" },
      "bq_of",
      `CASE WHEN bq_of.other = 0 THEN by_zero ELSE ${finite("bq_of.one / bq_of.other")} END`,
    ),
  ),
  macro(
    "bq_exp(one, failure)",
    once(
      "CAST(one AS DOUBLE)",
      "bq_one",
      "CASE WHEN isinf(exp(bq_one)) AND isfinite(bq_one) THEN failure ELSE exp(bq_one) END",
    ),
  ),
  macro(
    "bq_pow(one, other, failure)",
    once(
      { one: "CAST(one AS DOUBLE)", other: "CAST(other AS DOUBLE)" },
      "bq_of",
      finite("pow(bq_of.one, bq_of.other)"),
    ),
  ),
  // Vacant bits are 0 on either side, and 64 places leave nothing (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#bitwise_operators).
  // DuckDB's keep the sign on the right, and fail on the left.
  shift("bq_shift_right", "(bq_of.bits >> bq_of.places) & (9223372036854775807 >> (bq_of.places - 1))"),
  shift(
    "bq_shift_left",
    "((bq_of.bits & (9223372036854775807 >> bq_of.places)) << bq_of.places) + CASE WHEN (bq_of.bits >> (63 - bq_of.places)) & 1 = 1 THEN CAST('-9223372036854775808' AS BIGINT) ELSE 0 END",
  ),
];

function finite(result: string): string {
  return `CASE WHEN isinf(${result}) AND isfinite(bq_of.one) AND isfinite(bq_of.other) THEN failure ELSE ${result} END`;
}

function shift(name: string, shifted: string): string {
  return macro(
    `${name}(bits, places, failure)`,
    once(
      { bits: "CAST(bits AS BIGINT)", places: "CAST(places AS BIGINT)" },
      "bq_of",
      `CASE WHEN bq_of.bits IS NULL OR bq_of.places IS NULL THEN NULL WHEN bq_of.places < 0 THEN failure WHEN bq_of.places >= 64 THEN 0 WHEN bq_of.places = 0 THEN bq_of.bits ELSE ${shifted} END`,
    ),
  );
}
