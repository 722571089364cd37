import type { DuckDBValue } from "@duckdb/node-api";
import type { JsonValue } from "injest";
import type { SqlType } from "../../../sql/emit/sql-type.js";
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "../api.js";

/** Turns a value of a result into JSON, as `QueryResult.rows` promises. `type`: BigQuery's, where it is known. */
export function renderValue(value: DuckDBValue, type?: SqlType): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return exactNumber(value.toString());
  // A civil time is no instant: BigQuery writes it without a zone, too.
  if (value instanceof DuckDBTimestampValue && type?.kind === "DATETIME")
    return instantText(value.micros).replace("Z", "");
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return instantText(value.micros);
  if (value instanceof DuckDBTimestampMillisecondsValue) return instantText(value.millis * 1000n);
  if (value instanceof DuckDBTimestampSecondsValue) return instantText(value.seconds * 1_000_000n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return instantText(value.nanos / 1000n);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBIntervalValue) return intervalText(value);
  if (value instanceof DuckDBDecimalValue) return exactNumber(value.toString());
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    const element = type?.kind === "ARRAY" ? type.element : undefined;
    return value.items.map((item) => renderValue(item, element));
  }
  if (value instanceof DuckDBStructValue) {
    const fields = type?.kind === "STRUCT" ? type.fields : [];
    return renderEntries(Object.entries(value.entries), (index) => fields[index]?.type);
  }
  if (value instanceof DuckDBMapValue)
    return renderEntries(value.entries.map(({ key, value }) => [String(key), value]));
  return value.toString();
}

function renderEntries(
  entries: readonly (readonly [string, DuckDBValue])[],
  typeOf: (index: number) => SqlType | undefined = () => undefined,
): JsonValue {
  return Object.fromEntries(entries.map(([key, value], index) => [key, renderValue(value, typeOf(index))]));
}

interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

/** As BigQuery writes an INTERVAL, `1-2 -3 4:5:6.007`: each of the three parts has a sign of its own. */
function intervalText({ months, days, micros }: Interval): string {
  const [monthCount, size] = [Math.abs(months), micros < 0n ? -micros : micros];
  const fraction = /\.\d+/.exec(instantText(size % 1_000_000n))?.[0] ?? "";
  const clock = `${size / 3_600_000_000n}:${(size / 60_000_000n) % 60n}:${(size / 1_000_000n) % 60n}${fraction}`;
  const yearsAndMonths = `${Math.floor(monthCount / 12)}-${monthCount % 12}`;
  return `${months < 0 ? "-" : ""}${yearsAndMonths} ${days} ${micros < 0n ? "-" : ""}${clock}`;
}

/** A decimal text as a number where a number holds it exactly, else as it is. */
function exactNumber(text: string): JsonValue {
  const number = Number(text);
  return plain(String(number)) === plain(text) && (Number.isSafeInteger(number) || text.includes(".")) ? number : text;
}

/** Without the zeros at the end of a fraction. */
function plain(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** ISO 8601 in UTC, with as many digits of the second as it has: none, three or six. */
function instantText(micros: bigint): string {
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const date = new Date(Number(millis));
  if (Number.isNaN(date.getTime())) return micros > 0n ? "infinity" : "-infinity";
  const microsOfMilli = Number(micros - millis * 1000n);
  const text = date.toISOString();
  if (microsOfMilli > 0) return text.replace("Z", `${String(microsOfMilli).padStart(3, "0")}Z`);
  return text.replace(".000Z", "Z");
}
