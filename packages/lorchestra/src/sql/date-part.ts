import { invalid } from "./sql-problem.js";
import type { DatePart } from "./syntax/tree.js";

const WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/**
 * For a kind of week, by how many days to move a date forward so that DuckDB's weeks, which begin on Monday, begin where
 * that kind does; null for other parts. BigQuery's WEEK begins on Sunday.
 */
export function weekShiftDays(part: DatePart): number | null {
  if (part.name === "ISOWEEK") return 0;
  if (part.name !== "WEEK") return null;
  const weekday = WEEKDAYS.indexOf(part.weekday ?? "SUNDAY");
  if (weekday < 0)
    throw invalid(part.at, `\`${part.weekday}\` is not a weekday`, `use WEEK(${WEEKDAYS.join(") or WEEK(")})`);
  return (7 - weekday) % 7;
}

/** Refuses a part that the function does not take. */
export function checkPart(part: DatePart, allowed: readonly string[], what: string): void {
  if (part.weekday !== null && part.name !== "WEEK")
    throw invalid(part.at, `${part.name} takes no weekday`, "write WEEK(MONDAY)");
  if (allowed.includes(part.name)) return;
  throw invalid(part.at, `${what} does not take ${part.name}`, `use ${allowed.join(", ")}`);
}

/** `date_trunc` to a part, of something that is a DATE, DATETIME or TIMESTAMP in DuckDB. */
export function truncated(sql: string, part: DatePart): string {
  const shift = weekShiftDays(part);
  if (shift === 0) return `date_trunc('week', ${sql})`;
  if (shift !== null) return `(date_trunc('week', ${sql} + to_days(${shift})) - to_days(${shift}))`;
  // The ISO year begins in the week of the 4th of January.
  if (part.name === "ISOYEAR") return `date_trunc('week', make_date(isoyear(${sql}), 1, 4))`;
  return `date_trunc('${part.name.toLowerCase()}', ${sql})`;
}

/** How many boundaries of a part lie between two dates or datetimes; negative if `later` is before `earlier`. */
export function boundaries(later: string, earlier: string, part: DatePart): string {
  // DuckDB's own difference of weeks does not count boundaries.
  if (weekShiftDays(part) !== null)
    return `(date_diff('day', ${truncated(earlier, part)}, ${truncated(later, part)}) // 7)`;
  if (part.name === "ISOYEAR") return `(isoyear(${later}) - isoyear(${earlier}))`;
  return `date_diff('${part.name.toLowerCase()}', ${earlier}, ${later})`;
}
