import { castToString } from "./emit/emit-cast.js";
import { quoteText } from "./emit/quote.js";
import { isNumeric } from "./emit/sql-type.js";
import type { Typed } from "./emit/typed.js";
import type { CallSite } from "./functions/function-rule.js";
import { invalid, unsupported } from "./sql-problem.js";

const SPECIFIER = /%([-+ #0']*)(\d*|\*)(?:\.(\d+|\*))?([A-Za-z%])|[^%]+|%/gsu;

/**
 * FORMAT(format, …): its format is a string literal, whose specifiers become calls of DuckDB's printf, one each, and are
 * joined (https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#format_string).
 */
export function formatString(site: CallSite): string {
  const at = site.call.args[0]?.at ?? site.call.at;
  let used = 1;
  const pieces: string[] = [];
  for (const [piece, flags = "", width = "", precision, specifier] of site.text(0).matchAll(SPECIFIER)) {
    if (specifier === undefined) {
      if (piece === "%") throw invalid(at, "FORMAT: % needs a specifier behind it", "write %% for a percent sign");
      pieces.push(quoteText(piece));
    } else if (specifier === "%") pieces.push("'%'");
    else {
      if (width === "*" || precision === "*")
        throw unsupported(at, "FORMAT with a width from an argument", "write the width into the format");
      if (used >= site.length) throw invalid(at, "FORMAT has more specifiers than arguments");
      const of = { flags, width, precision: precision ?? null, specifier, failure: site.failure("a negative number") };
      pieces.push(specifierSql(of, site.arg(used), at));
      used += 1;
    }
  }
  if (used < site.length) throw invalid(at, "FORMAT has more arguments than specifiers");
  return pieces.length === 0 ? "''" : `(${pieces.join(" || ")})`;
}

interface Specifier {
  readonly flags: string;
  readonly width: string;
  readonly precision: string | null;
  readonly specifier: string;
  /** Stands where BigQuery raises an error: a negative number has neither octal nor hexadecimal digits. */
  readonly failure: string;
}

function specifierSql({ flags, width, precision, specifier, failure }: Specifier, value: Typed, at: number): string {
  // fmt's flag for the comma between thousands is the comma itself.
  const before = `%${flags.replace("'", ",")}${width}`;
  const kind = value.type.kind;
  if ("diouxX".includes(specifier)) {
    if (kind !== "INT64" && kind !== "UNKNOWN" && kind !== "NULL")
      throw invalid(at, `FORMAT: %${specifier} takes INT64, not ${kind}`, "use %t, or cast the value");
    if (precision !== null)
      throw unsupported(at, `FORMAT: %${specifier} with a precision`, "write %05d for zeros before it");
    const isDecimal = "diu".includes(specifier);
    if (!isDecimal && flags.includes("'")) throw unsupported(at, `FORMAT: %'${specifier}`, "leave out the '");
    const integer = `CAST(${value.sql} AS BIGINT)`;
    const input = isDecimal ? integer : `bq_with_least(0, ${integer}, ${failure})`;
    return `printf(${quoteText(before + specifier.replace(/[iu]/, "d"))}, ${input})`;
  }
  if ("fFeEgG".includes(specifier)) {
    if (!isNumeric(value.type) && kind !== "UNKNOWN" && kind !== "NULL")
      throw invalid(at, `FORMAT: %${specifier} takes a number, not ${kind}`, "use %t, or cast the value");
    return `printf(${quoteText(`${before}${precision === null ? "" : `.${precision}`}${specifier}`)}, CAST(${value.sql} AS DOUBLE))`;
  }
  const text = textSql(specifier, value, at);
  const cut = precision === null ? text : `left(${text}, ${precision})`;
  return width === "" ? cut : `printf(${quoteText(`${before}s`)}, ${cut})`;
}

function textSql(specifier: string, value: Typed, at: number): string {
  const { kind } = value.type;
  const text = castToString(value, `CAST(${value.sql} AS VARCHAR)`);
  if (specifier === "s") {
    if (kind !== "STRING" && kind !== "UNKNOWN" && kind !== "NULL")
      throw invalid(at, `FORMAT: %s takes STRING, not ${kind}`, "use %t");
    return text;
  }
  if (kind === "ARRAY" || kind === "STRUCT")
    throw unsupported(at, `FORMAT of ${kind === "ARRAY" ? "an ARRAY" : "a STRUCT"}`, "use TO_JSON_STRING(...)");
  // Of a FLOAT64 %t always writes the point, as DuckDB's own text does.
  const plain = kind === "FLOAT64" ? `CAST(${value.sql} AS VARCHAR)` : text;
  if (specifier === "t") return `coalesce(${plain}, 'NULL')`;
  if (specifier === "T" && kind === "STRING") return `coalesce(CAST(to_json(${value.sql}) AS VARCHAR), 'NULL')`;
  if (specifier === "T" && (kind === "INT64" || kind === "FLOAT64" || kind === "BOOL"))
    return `coalesce(${plain}, 'NULL')`;
  if (specifier === "T" && (kind === "DATE" || kind === "TIMESTAMP" || kind === "DATETIME"))
    return `coalesce('${kind} "' || ${text} || '"', 'NULL')`;
  throw unsupported(at, `the specifier %${specifier} of FORMAT here`, "use %d, %s, %f, %e, %g or %t");
}
