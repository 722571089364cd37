import { arrayOf, DATE, DATETIME, INT64, STRING, TIME, type SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { boundaries, checkPart, truncated } from "../date-part.js";
import { formatted } from "../format-time.js";
import { parsed } from "../parse-time.js";
import { invalid, unsupported } from "../sql-problem.js";
import { civil } from "../time-zone.js";
import { written, type CallSite, type Rules } from "./function-rule.js";
import { intervalArgument } from "./interval-argument.js";
import { inYears, truncatedInstant, zoneOf } from "./timestamp-functions.js";

const DATE_PARTS = ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];
const DATE_TRUNC_PARTS = [...DATE_PARTS, "ISOWEEK", "ISOYEAR"];
const TIME_PARTS = ["MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR"];

/** Functions on DATE and DATETIME (https://cloud.google.com/bigquery/docs/reference/standard-sql/date_functions, …/datetime_functions). */
export const DATE_FUNCTIONS: Rules = {
  DATE: { count: [1, 3], emit: date },
  DATETIME: { count: [1, 6], emit: datetime },
  TIME: { count: [1, 3], emit: time },
  DATE_ADD: { count: [2, 2], takes: ["instant", "any"], emit: (site) => shifted(site, "+", DATE) },
  DATE_SUB: { count: [2, 2], takes: ["instant", "any"], emit: (site) => shifted(site, "-", DATE) },
  DATETIME_ADD: { count: [2, 2], takes: ["instant", "any"], emit: (site) => shifted(site, "+", DATETIME) },
  DATETIME_SUB: { count: [2, 2], takes: ["instant", "any"], emit: (site) => shifted(site, "-", DATETIME) },
  DATE_DIFF: {
    count: [3, 3],
    takes: ["instant", "instant", "any"],
    emit: (site) => difference(site, "DATE", DATE_TRUNC_PARTS),
  },
  DATETIME_DIFF: {
    count: [3, 3],
    takes: ["instant", "instant", "any"],
    emit: (site) => difference(site, "TIMESTAMP", [...TIME_PARTS, ...DATE_TRUNC_PARTS]),
  },
  DATE_TRUNC: { count: [2, 3], takes: ["instant", "any", "string"], emit: truncate },
  DATETIME_TRUNC: { count: [2, 2], mostInBigQuery: 3, takes: ["instant", "any"], emit: truncateDatetime },
  LAST_DAY: { count: [1, 2], takes: ["instant", "any"], emit: lastDay },
  FORMAT_DATE: {
    count: [2, 2],
    takes: ["string", "instant"],
    emit: (site) =>
      typed(formatted(site, { value: `CAST(${local(site, 1, 2)} AS DATE)`, instant: null, inUtc: false }), STRING),
  },
  FORMAT_DATETIME: {
    count: [2, 2],
    takes: ["string", "instant"],
    emit: (site) =>
      typed(formatted(site, { value: `CAST(${local(site, 1, 2)} AS TIMESTAMP)`, instant: null, inUtc: false }), STRING),
  },
  PARSE_DATE: { count: [2, 2], takes: ["string", "string"], emit: (site) => parsed(site, DATE) },
  PARSE_DATETIME: { count: [2, 2], takes: ["string", "string"], emit: (site) => parsed(site, DATETIME) },
  UNIX_DATE: written(
    INT64,
    [1, 1],
    ["instant"],
    (value) => `date_diff('day', DATE '1970-01-01', CAST(${value} AS DATE))`,
  ),
  DATE_FROM_UNIX_DATE: written(DATE, [1, 1], ["integer"], (days) => `(DATE '1970-01-01' + CAST(${days} AS INTEGER))`),
  GENERATE_DATE_ARRAY: { count: [2, 3], takes: ["instant", "instant", "any"], emit: dateArray },
  GENERATE_TIMESTAMP_ARRAY: { count: [3, 3], takes: ["instant", "instant", "any"], emit: timestampArray },
};

/** A value of date or time without a zone: of an instant, its civil time in UTC or in the zone of the last argument. */
function local(site: CallSite, index: number, zone: number): string {
  const { sql, type } = site.arg(index);
  const named = zoneOf(site, zone);
  return type.kind === "TIMESTAMP" || named !== null ? civil(sql, named, site.call.at) : sql;
}

function date(site: CallSite): Typed {
  if (site.length === 3) {
    const parts = site.args().map(({ sql }) => `CAST(${sql} AS BIGINT)`);
    return typed(`make_date(${parts.join(", ")})`, DATE);
  }
  const { kind } = site.arg(0).type;
  if (kind === "INT64" || kind === "FLOAT64" || kind === "NUMERIC" || kind === "JSON")
    throw invalid(
      site.call.at,
      `DATE takes a TIMESTAMP or DATETIME, not ${kind}`,
      "convert it first, as in DATE(TIMESTAMP_SECONDS(...))",
    );
  return typed(`CAST(${local(site, 0, 1)} AS DATE)`, DATE);
}

function datetime(site: CallSite): Typed {
  if (site.length === 6) {
    const parts = site.args().map(({ sql }) => `CAST(${sql} AS BIGINT)`);
    return typed(`make_timestamp(${parts.slice(0, 5).join(", ")}, CAST(${parts[5]} AS DOUBLE))`, DATETIME);
  }
  if (site.length > 2)
    throw invalid(site.call.at, "DATETIME takes 1, 2 or 6 arguments", "write DATETIME(timestamp, 'America/Toronto')");
  const second = site.length === 2 ? site.arg(1) : null;
  if (second?.type.kind === "TIME") return typed(`(CAST(${site.arg(0).sql} AS DATE) + ${second.sql})`, DATETIME);
  return typed(`CAST(${local(site, 0, 1)} AS TIMESTAMP)`, DATETIME);
}

function time(site: CallSite): Typed {
  if (site.length === 3) {
    const [hour, minute, second] = site.args().map(({ sql }) => `CAST(${sql} AS BIGINT)`);
    return typed(`make_time(${hour}, ${minute}, CAST(${second} AS DOUBLE))`, TIME);
  }
  const { type, literal } = site.arg(0);
  if (literal === undefined && !["UNKNOWN", "NULL", "DATE", "DATETIME", "TIMESTAMP"].includes(type.kind))
    throw invalid(
      site.call.at,
      `TIME takes a TIMESTAMP or DATETIME, or hour, minute and second, not ${type.kind}`,
      "write TIME(12, 30, 0) or TIME(timestamp, 'America/Toronto')",
    );
  return typed(`CAST(${local(site, 0, 1)} AS TIME)`, TIME);
}

function shifted(site: CallSite, sign: "+" | "-", type: SqlType): Typed {
  const { sql, type: given } = site.arg(0);
  const { sql: interval } = intervalArgument(
    site,
    1,
    type.kind === "DATE" && given.kind !== "DATETIME" ? DATE_PARTS : [...TIME_PARTS, ...DATE_PARTS],
  );
  if (type.kind === "DATETIME" || given.kind === "DATETIME")
    return typed(inYears(site, `CAST(${sql} AS TIMESTAMP) ${sign} ${interval}`), DATETIME);
  if (given.kind === "TIMESTAMP")
    throw invalid(
      site.call.at,
      `${site.call.name} takes a DATE, not a TIMESTAMP`,
      "write DATE(...) around it, or use TIMESTAMP_ADD",
    );
  return typed(`CAST(${inYears(site, `CAST(${sql} AS DATE) ${sign} ${interval}`)} AS DATE)`, DATE);
}

/** Boundaries that lie between the two. */
function difference(site: CallSite, as: "DATE" | "TIMESTAMP", parts: readonly string[]): Typed {
  const part = site.part(2);
  checkPart(part, parts, site.call.name);
  const [later, earlier] = [0, 1].map((index) => `CAST(${local(site, index, 3)} AS ${as})`);
  return typed(boundaries(later ?? "", earlier ?? "", part), INT64);
}

/** DATE_TRUNC also takes a DATETIME or a TIMESTAMP, and gives what it took. */
function truncate(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  const part = site.part(1);
  if (type.kind === "TIMESTAMP") {
    checkPart(part, [...TIME_PARTS, ...DATE_TRUNC_PARTS], "DATE_TRUNC");
    return typed(truncatedInstant(sql, part, zoneOf(site, 2), site.call.at), type);
  }
  if (type.kind === "DATETIME") return truncateDatetime(site);
  checkPart(part, DATE_TRUNC_PARTS, "DATE_TRUNC");
  return typed(`CAST(${truncated(`CAST(${sql} AS DATE)`, part)} AS DATE)`, DATE);
}

function truncateDatetime(site: CallSite): Typed {
  const part = site.part(1);
  checkPart(part, [...TIME_PARTS, ...DATE_TRUNC_PARTS], site.call.name);
  return typed(`CAST(${truncated(`CAST(${local(site, 0, 2)} AS TIMESTAMP)`, part)} AS TIMESTAMP)`, DATETIME);
}

function lastDay(site: CallSite): Typed {
  const value = `CAST(${local(site, 0, 2)} AS DATE)`;
  if (site.length === 1) return typed(`last_day(${value})`, DATE);
  const part = site.part(1);
  checkPart(
    part,
    DATE_TRUNC_PARTS.filter((name) => name !== "DAY"),
    "LAST_DAY",
  );
  // 52 weeks or 53: the day after the longest is in the next such year.
  if (part.name === "ISOYEAR")
    return typed(
      `CAST(${truncated(`CAST(${truncated(value, part)} + to_days(371) AS DATE)`, part)} - to_days(1) AS DATE)`,
      DATE,
    );
  const length: Readonly<Record<string, string>> = {
    WEEK: "to_days(7)",
    ISOWEEK: "to_days(7)",
    MONTH: "to_months(1)",
    QUARTER: "to_months(3)",
    YEAR: "to_months(12)",
  };
  return typed(`CAST(${truncated(value, part)} + ${length[part.name]} - to_days(1) AS DATE)`, DATE);
}

/** Days and weeks follow one another; months are counted from the start, so that a 31st comes back after a short month. */
function dateArray(site: CallSite): Typed {
  const [from, to] = [0, 1].map((index) => `CAST(${site.arg(index).sql} AS DATE)`);
  const step = site.call.args[2];
  const type = arrayOf(DATE);
  if (step === undefined) return typed(`CAST(generate_series(${from}, ${to}, to_days(1)) AS DATE[])`, type);
  const { sql } = intervalArgument(site, 2, DATE_PARTS);
  if (step.kind !== "interval" || step.part === "DAY" || step.part === "WEEK")
    return typed(`CAST(generate_series(${from}, ${to}, ${stepOf(site, sql)}) AS DATE[])`, type);
  const months = { MONTH: 1, QUARTER: 3, YEAR: 12 }[step.part] ?? 1;
  if (step.amount.kind !== "integer" || Number(step.amount.text) === 0)
    throw unsupported(step.amount.at, "GENERATE_DATE_ARRAY by such a step", "write a number of at least 1");
  return typed(`bq_month_array(${from}, ${to}, ${Number(step.amount.text) * months})`, type);
}

function timestampArray(site: CallSite): Typed {
  const [from, to] = [0, 1].map((index) => `CAST(${site.arg(index).sql} AS TIMESTAMPTZ)`);
  return typed(
    `generate_series(${from}, ${to}, ${stepOf(site, intervalArgument(site, 2, [...TIME_PARTS, "DAY"]).sql)})`,
    arrayOf({ kind: "TIMESTAMP" }),
  );
}

function stepOf(site: CallSite, interval: string): string {
  return `bq_step(${interval}, to_days(0), ${site.failure("the step is 0")})`;
}
