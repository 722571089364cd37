import { quoteText } from "./emit/quote.js";
import type { CallSite } from "./functions/function-rule.js";
import { unsupported } from "./sql-problem.js";

/** What is formatted: `value` is a DATE or TIMESTAMP of DuckDB without a zone, `instant` the same with it. */
export interface Formattable {
  readonly value: string;
  readonly instant: string | null;
  /** True where `value` is the time in UTC, so that the zone's name and offset are known. */
  readonly inUtc: boolean;
}

/** Elements of BigQuery that DuckDB's strftime knows too, under this name. */
const SAME: Readonly<Record<string, string>> = {
  A: "%A",
  a: "%a",
  B: "%B",
  b: "%b",
  h: "%b",
  D: "%m/%d/%y",
  d: "%d",
  F: "%Y-%m-%d",
  G: "%G",
  H: "%H",
  I: "%I",
  j: "%j",
  M: "%M",
  m: "%m",
  n: "\n",
  p: "%p",
  R: "%H:%M",
  S: "%S",
  T: "%H:%M:%S",
  t: "\t",
  U: "%U",
  u: "%u",
  V: "%V",
  W: "%W",
  w: "%w",
  X: "%H:%M:%S",
  x: "%m/%d/%y",
  Y: "%Y",
  y: "%y",
  E4Y: "%Y",
  E3S: "%S.%g",
  E6S: "%S.%f",
  E0S: "%S",
  "%": "%%",
};

/** Elements that need an expression. */
const WRITTEN: Readonly<Record<string, (of: Formattable) => string | null>> = {
  C: ({ value }) => `lpad(CAST(year(${value}) // 100 AS VARCHAR), 2, '0')`,
  e: ({ value }) => `lpad(CAST(day(${value}) AS VARCHAR), 2, ' ')`,
  g: ({ value }) => `right(strftime(${value}, '%G'), 2)`,
  k: ({ value }) => `lpad(CAST(hour(${value}) AS VARCHAR), 2, ' ')`,
  l: ({ value }) => `lpad(CAST((hour(${value}) + 11) % 12 + 1 AS VARCHAR), 2, ' ')`,
  P: ({ value }) => `lower(strftime(${value}, '%p'))`,
  Q: ({ value }) => `CAST(quarter(${value}) AS VARCHAR)`,
  r: ({ value }) => `strftime(${value}, '%I:%M:%S %p')`,
  c: ({ value }) =>
    `strftime(${value}, '%a %b ') || lpad(CAST(day(${value}) AS VARCHAR), 2, ' ') || strftime(${value}, ' %H:%M:%S %Y')`,
  s: ({ value, instant }) => `CAST(CAST(floor(epoch_us(${instant ?? value}) / 1000000e0) AS BIGINT) AS VARCHAR)`,
  "E*S": ({ value }) => `bq_seconds_text(${value})`,
  z: (of) => offset(of, ""),
  Ez: (of) => offset(of, ":"),
  Z: ({ inUtc }) => (inUtc ? "'UTC'" : null),
};

function offset({ value, instant, inUtc }: Formattable, colon: string): string | null {
  if (inUtc) return quoteText(`+00${colon}00`);
  return instant === null ? null : `bq_zone_offset(${value}, ${instant}, ${quoteText(colon)})`;
}

const ELEMENT = /%(E\*S|E\d[SY]|Ez|.)|[^%]+|%$/gsu;

/**
 * FORMAT_DATE and its like: the format is the first argument, a string literal
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_elements_date_time).
 */
export function formatted(site: CallSite, of: Formattable): string {
  const pieces: string[] = [];
  let strftime = "";
  const flush = (): void => {
    if (strftime !== "") pieces.push(`strftime(${of.value}, ${quoteText(strftime)})`);
    strftime = "";
  };
  for (const [piece, element] of site.text(0).matchAll(ELEMENT)) {
    const plain = element === undefined ? piece : SAME[element];
    if (plain !== undefined) {
      strftime += plain === "%" ? "%%" : plain;
      continue;
    }
    const write = element !== undefined && Object.hasOwn(WRITTEN, element) ? WRITTEN[element] : undefined;
    const sql = write?.(of) ?? null;
    if (sql === null)
      throw unsupported(
        site.call.args[0]?.at ?? site.call.at,
        `the format element ${piece} here`,
        "use %Y, %m, %d, %H, %M, %S, %F, %T, %B, %b, %A, %a, %Q, %V or %G",
      );
    flush();
    pieces.push(sql);
  }
  flush();
  // NULL stays NULL, also with an empty format.
  return pieces.length === 0 ? `CASE WHEN ${of.value} IS NOT NULL THEN '' END` : `(${pieces.join(" || ")})`;
}
