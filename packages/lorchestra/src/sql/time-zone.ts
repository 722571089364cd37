import { invalid, unsupported } from "./sql-problem.js";
import type { Typed } from "./emit/typed.js";

const OFFSET = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/;

/**
 * A time zone for DuckDB's AT TIME ZONE, which takes names but no offsets: whole hours become the names that the tz
 * database has for them, whose signs are turned round (https://data.iana.org/time-zones/tzdb/etcetera).
 */
function zoneSql(zone: Typed, at: number): string {
  const { literal } = zone;
  const offset = literal === undefined ? null : OFFSET.exec(literal);
  if (literal !== undefined && offset === null && !isZone(literal))
    throw invalid(
      at,
      `there is no time zone '${literal.slice(0, 40)}'`,
      "name one of the tz database, such as 'America/Toronto'",
    );
  if (offset === null) return zone.sql;
  const [, sign, hours = "0", minutes = "00"] = offset;
  if (minutes !== "00")
    throw unsupported(at, "a time zone with minutes", "name the time zone, such as 'America/St_Johns'");
  const count = Number(hours);
  return count === 0 ? "'UTC'" : `'Etc/GMT${sign === "-" ? "+" : "-"}${count}'`;
}

function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The instant of a civil time, in UTC or in a zone. */
export function instant(civilTime: string, zone: Typed | null, at: number): string {
  return zone === null ? `(${civilTime} AT TIME ZONE 'UTC')` : `bq_instant(${civilTime}, ${zoneSql(zone, at)})`;
}

/** The civil time of an instant: of a TIMESTAMP, whether DuckDB has it with its zone or as UTC without one. */
export function civil(timestamp: string, zone: Typed | null, at: number): string {
  return `(CAST(${timestamp} AS TIMESTAMPTZ) AT TIME ZONE ${zone === null ? "'UTC'" : zoneSql(zone, at)})`;
}
