import { quoteText } from "./emit/quote.js";
import type { SqlType } from "./emit/sql-type.js";
import { typed, type Typed } from "./emit/typed.js";
import type { CallSite } from "./functions/function-rule.js";
import { unsupported } from "./sql-problem.js";
import { instant } from "./time-zone.js";

/** Elements that DuckDB's strptime reads, and how it calls them. */
const READABLE: Readonly<Record<string, string>> = {
  A: "%A",
  a: "%a",
  B: "%B",
  b: "%b",
  h: "%b",
  D: "%m/%d/%y",
  d: "%d",
  e: "%d",
  F: "%Y-%m-%d",
  H: "%H",
  I: "%I",
  k: "%H",
  l: "%I",
  M: "%M",
  m: "%m",
  p: "%p",
  P: "%p",
  R: "%H:%M",
  S: "%S",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  x: "%m/%d/%y",
  Y: "%Y",
  y: "%y",
  E4Y: "%Y",
  E3S: "%S.%g",
  E6S: "%S.%f",
  "E*S": "%S.%f",
  z: "%z",
  Ez: "%z",
  n: " ",
  t: " ",
  "%": "%%",
};

const ELEMENT = /%(E\*S|E\d[SY]|Ez|.)|[^%]+|%$/gsu;

/** PARSE_DATE, PARSE_DATETIME and PARSE_TIMESTAMP: the format is the first argument, a string literal. */
export function parsed(site: CallSite, type: SqlType): Typed {
  const { call } = site;
  let format = "";
  let zoned = false;
  let hasYear = false;
  for (const [piece, element] of site.text(0).matchAll(ELEMENT)) {
    const readable = element === undefined ? piece : READABLE[element];
    if (readable === undefined || piece === "%")
      throw unsupported(
        call.args[0]?.at ?? call.at,
        `the format element ${piece} of ${call.name}`,
        "use %Y, %m, %d, %H, %M, %S, %F, %T, %b, %B, %p or %Ez",
      );
    zoned ||= element === "z" || element === "Ez";
    hasYear ||= /%[Yy]/.test(readable) && element !== undefined;
    format += readable;
  }
  // What a text leaves out is as on 1970-01-01; DuckDB's years begin with 1900.
  const text = `${hasYear ? "" : "'1970 ' || "}trim(${site.arg(1).sql})`;
  const of = quoteText(`${hasYear ? "" : "%Y "}${format.trim()}`);
  const read = `${call.safe ? "try_strptime" : "strptime"}(${text}, ${of})`;
  if (type.kind === "DATE") return typed(`CAST(${read} AS DATE)`, type);
  if (type.kind === "DATETIME") return typed(`CAST(${read} AS TIMESTAMP)`, type);
  if (zoned || site.length < 3) return typed(`CAST(${read} AS TIMESTAMPTZ)`, type);
  return typed(instant(`CAST(${read} AS TIMESTAMP)`, site.arg(2), call.at), type);
}
