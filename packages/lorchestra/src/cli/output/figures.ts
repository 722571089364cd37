/** "2,653". Not by Intl, whose first use takes 10 to 20 ms, and this is said at the end of each run. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** "148 rows", "1 row" */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** "0.9s", "74.8s", "17m 36s", "2h 05m" */
export function duration(elapsedMs: number, decimals = 1): string {
  if (elapsedMs < 120_000) return `${(elapsedMs / 1_000).toFixed(decimals)}s`;
  const seconds = Math.round(elapsedMs / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3_600)}h ${two(Math.floor((seconds % 3_600) / 60))}m`;
}

/** "812 B", "3.9 MB", "1.2 GB" */
export function bytes(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = sizeBytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(sizeBytes) / 3), units.length - 1);
  const value = sizeBytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** "2026-11-23 14:02:11 EST" */
export function localTime(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((candidate) => candidate.type === type)?.value ?? "";
  const time = `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")}:${part("second")}`;
  return `${time} ${part("timeZoneName")}`;
}

/** "2026-11-23", the day that it is in the zone. */
export function localDay(instant: Date, timeZone: string): string {
  return localTime(instant, timeZone).slice(0, 10);
}

/**
 * A text of a document, whose times are ISO 8601 in UTC, as people are told it. What somebody has typed stays as it is: it stands
 * in quotes, or is no time there is. The zone is asked for only where there is a time.
 */
export function withLocalTimes(text: string, timeZone: () => string): string {
  return text.replaceAll(/(?<!["'`])\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (written) => {
    const instant = new Date(written);
    // February 30th is taken for March 2nd.
    const isReal = !Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) === written.slice(0, 19);
    return isReal ? localTime(instant, timeZone()) : written;
  });
}
