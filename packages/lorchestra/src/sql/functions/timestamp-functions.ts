import { DATE, DATETIME, INT64, STRING, TIME, TIMESTAMP } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { formatted } from "../format-time.js";
import { parsed } from "../parse-time.js";
import { checkPart, truncated } from "../date-part.js";
import { invalid } from "../sql-problem.js";
import { civil, instant } from "../time-zone.js";
import { written, type CallSite, type FunctionRule, type Rules } from "./function-rule.js";
import { intervalArgument } from "./interval-argument.js";

const SHORT_PARTS = ["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY"];
const TRUNC_PARTS = [...SHORT_PARTS, "WEEK", "ISOWEEK", "MONTH", "QUARTER", "YEAR", "ISOYEAR"];

/** Functions on instants (https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions). */
export const TIMESTAMP_FUNCTIONS: Rules = {
  CURRENT_TIMESTAMP: { count: [0, 0], emit: () => typed("now()", TIMESTAMP) },
  CURRENT_DATETIME: {
    count: [0, 1],
    takes: ["string"],
    emit: (site) => typed(civil("now()", zoneOf(site, 0), site.call.at), DATETIME),
  },
  CURRENT_TIME: {
    count: [0, 1],
    takes: ["string"],
    emit: (site) => typed(`CAST(${civil("now()", zoneOf(site, 0), site.call.at)} AS TIME)`, TIME),
  },
  CURRENT_DATE: {
    count: [0, 1],
    takes: ["string"],
    emit: (site) => typed(`CAST(${civil("now()", zoneOf(site, 0), site.call.at)} AS DATE)`, DATE),
  },
  TIMESTAMP: { count: [1, 2], takes: ["any", "string"], emit: timestamp },
  TIMESTAMP_SECONDS: sinceEpoch(1_000_000),
  TIMESTAMP_MILLIS: sinceEpoch(1_000),
  TIMESTAMP_MICROS: sinceEpoch(1),
  UNIX_SECONDS: written(INT64, [1, 1], ["timestamp"], (value) => unix(value, 1_000_000)),
  UNIX_MILLIS: written(INT64, [1, 1], ["timestamp"], (value) => unix(value, 1_000)),
  UNIX_MICROS: written(INT64, [1, 1], ["timestamp"], (value) => `epoch_us(CAST(${value} AS TIMESTAMPTZ))`),
  TIMESTAMP_ADD: { count: [2, 2], takes: ["timestamp", "any"], emit: (site) => shifted(site, "+") },
  TIMESTAMP_SUB: { count: [2, 2], takes: ["timestamp", "any"], emit: (site) => shifted(site, "-") },
  TIMESTAMP_DIFF: { count: [3, 3], takes: ["timestamp", "timestamp", "any"], emit: difference },
  TIMESTAMP_TRUNC: { count: [2, 3], takes: ["instant", "any", "string"], emit: truncate },
  FORMAT_TIMESTAMP: { count: [2, 3], takes: ["string", "timestamp", "string"], emit: format },
  PARSE_TIMESTAMP: { count: [2, 3], takes: ["string", "string", "string"], emit: (site) => parsed(site, TIMESTAMP) },
};

export function zoneOf(site: CallSite, index: number): Typed | null {
  return index < site.length ? site.arg(index) : null;
}

/** Seconds or milliseconds since 1970, rounded down. */
function unix(value: string, divisor: number): string {
  return `CAST(floor(epoch_us(CAST(${value} AS TIMESTAMPTZ)) / ${divisor}e0) AS BIGINT)`;
}

function timestamp(site: CallSite): Typed {
  const value = site.arg(0);
  if (!["UNKNOWN", "NULL", "STRING", "DATE", "DATETIME", "TIMESTAMP"].includes(value.type.kind)) {
    throw invalid(
      site.call.at,
      `TIMESTAMP takes a STRING, DATE or DATETIME, not ${value.type.kind}`,
      "use TIMESTAMP_SECONDS(...) for a number",
    );
  }
  if (site.length === 1) return typed(`CAST(${value.sql} AS TIMESTAMPTZ)`, TIMESTAMP);
  return typed(instant(`CAST(${value.sql} AS TIMESTAMP)`, site.arg(1), site.call.at), TIMESTAMP);
}

function sinceEpoch(microseconds: number): FunctionRule {
  return {
    count: [1, 1],
    takes: ["integer"],
    emit: (site) =>
      typed(inYears(site, `make_timestamptz(CAST(${site.arg(0).sql} AS BIGINT) * ${microseconds})`), TIMESTAMP),
  };
}

function shifted(site: CallSite, sign: "+" | "-"): Typed {
  const interval = intervalArgument(site, 1, SHORT_PARTS).sql;
  return typed(inYears(site, `CAST(${site.arg(0).sql} AS TIMESTAMPTZ) ${sign} ${interval}`), TIMESTAMP);
}

/** In brackets, so that SAFE also catches what DuckDB's own arithmetic raises. */
export function inYears(site: CallSite, sql: string): string {
  return `(bq_in_years(${sql}, ${site.failure("the result is outside of the years 1 to 9999")}))`;
}

const MICROSECONDS: Readonly<Record<string, number>> = {
  MICROSECOND: 1,
  MILLISECOND: 1_000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: 86_400_000_000,
};

/** Whole intervals, not boundaries: from 23:59 to 00:01 there are 0 days. */
function difference(site: CallSite): Typed {
  const part = site.part(2);
  checkPart(part, SHORT_PARTS, "TIMESTAMP_DIFF");
  const [later, earlier] = [site.arg(0), site.arg(1)].map(({ sql }) => `epoch_us(CAST(${sql} AS TIMESTAMPTZ))`);
  return typed(`((${later} - ${earlier}) // ${MICROSECONDS[part.name]})`, INT64);
}

function truncate(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  const part = site.part(1);
  checkPart(part, TRUNC_PARTS, site.call.name);
  if (type.kind === "DATETIME") return typed(`CAST(${truncated(sql, part)} AS TIMESTAMP)`, DATETIME);
  return typed(truncatedInstant(sql, part, zoneOf(site, 2), site.call.at), TIMESTAMP);
}

export function truncatedInstant(
  sql: string,
  part: ReturnType<CallSite["part"]>,
  zone: Typed | null,
  at: number,
): string {
  const stamp = `CAST(${sql} AS TIMESTAMPTZ)`;
  const local = civil(sql, zone, at);
  // Below a day the zone only tells how far the instant is past the boundary: an hour that clocks repeat stays itself.
  if (zone !== null && SHORT_PARTS.includes(part.name) && part.name !== "DAY")
    return `(${stamp} - (${local} - ${truncated(local, part)}))`;
  return instant(`CAST(${truncated(local, part)} AS TIMESTAMP)`, zone, at);
}

function format(site: CallSite): Typed {
  const zone = zoneOf(site, 2);
  return typed(
    formatted(site, {
      value: civil(site.arg(1).sql, zone, site.call.at),
      instant: `CAST(${site.arg(1).sql} AS TIMESTAMPTZ)`,
      inUtc: zone === null,
    }),
    STRING,
  );
}
