import type { JsonValue } from "injest";
import type { EventLog } from "./event-log.js";

/**
 * An event log into which no secret gets: what a job of a project's own throws, or gives as a notice, may hold one. `hide` puts
 * a mark in place of each in a text.
 */
export function redactingEventLog(log: EventLog, hide: (text: string) => string): EventLog {
  const hidden = (value: JsonValue): JsonValue => {
    if (typeof value === "string") return hide(value);
    if (Array.isArray(value)) return value.map(hidden);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [hide(key), hidden(member)]));
  };
  return {
    record: (rows) =>
      log.record(
        rows.map((row) => ({
          ...row,
          error_message: row.error_message === null ? null : hide(row.error_message),
          payload: hidden(row.payload),
        })),
      ),
    deliverSpooled: () => log.deliverSpooled(),
  };
}
