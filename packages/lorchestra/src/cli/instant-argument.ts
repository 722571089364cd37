import { LorchestraError } from "../errors.js";

/**
 * Parses the value of --since or --until: an ISO date, an ISO date-time (UTC unless it says otherwise), or a time before
 * now such as -7d or -12h. Throws USAGE_INVALID with an example.
 */
export function parseInstant(flag: string, text: string, nowMs: number): Date {
  const value = text.trim();
  const instantMs = relativeMs(value, nowMs) ?? absoluteMs(value);
  if (instantMs === null) throw wrongInstant(flag, text, "is no date or time that can be read");
  if (instantMs < 0) throw wrongInstant(flag, text, "lies before 1970");
  return new Date(instantMs);
}

/** Parses both ends of a window; `until` is exclusive. */
export function parseWindow(
  flags: { readonly since?: string | undefined; readonly until?: string | undefined },
  nowMs: number,
): { since: Date | null; until: Date | null } {
  const since = flags.since === undefined ? null : parseInstant("--since", flags.since, nowMs);
  const until = flags.until === undefined ? null : parseInstant("--until", flags.until, nowMs);
  if (since !== null && since.getTime() > nowMs) throw wrongInstant("--since", flags.since ?? "", "lies in the future");
  if (since !== null && until !== null && since >= until)
    throw new LorchestraError("USAGE_INVALID", "--since must lie before --until", { hint: `For example: ${EXAMPLE}` });
  return { since, until };
}

const EXAMPLE = "--since 2025-09-01 --until 2025-10-01, or --since -7d";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function relativeMs(value: string, nowMs: number): number | null {
  const match = /^-(\d{1,9})([smhdw])$/.exec(value);
  return match === null ? null : nowMs - Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0);
}

function absoluteMs(value: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}:\d{2})?)?$/i.exec(
    value,
  );
  if (match === null) return null;
  const [, date = "", time = "00:00", zone = "Z"] = match;
  const dayMs = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes February 30th for March 2nd in some of its forms: a day must read back as it was written.
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== date) return null;
  const instantMs = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(instantMs) ? null : instantMs;
}

function wrongInstant(flag: string, text: string, why: string): LorchestraError {
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
  return new LorchestraError("USAGE_INVALID", `${flag} ${shown} ${why}`, { hint: `For example: ${EXAMPLE}` });
}
