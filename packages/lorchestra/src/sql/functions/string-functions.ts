import { castToString } from "../emit/emit-cast.js";
import { quoteText } from "../emit/quote.js";
import { arrayOf, BOOL, BYTES, INT64, STRING, type SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { formatString } from "../format-string.js";
import { invalid, unsupported } from "../sql-problem.js";
import { same, written, type CallSite, type FunctionRule, type Rules } from "./function-rule.js";

/** Unicode's white space, which TRIM takes away; DuckDB's only knows the blank. */
const WHITE_SPACE =
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

/** Functions on strings (https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions). */
export const STRING_FUNCTIONS: Rules = {
  LENGTH: { count: [1, 1], takes: ["text"], emit: length },
  CHAR_LENGTH: same("length", INT64, [1, 1], ["string"]),
  CHARACTER_LENGTH: same("length", INT64, [1, 1], ["string"]),
  BYTE_LENGTH: { count: [1, 1], takes: ["text"], emit: byteLength },
  OCTET_LENGTH: { count: [1, 1], takes: ["text"], emit: byteLength },
  LOWER: same("lower", STRING, [1, 1], ["string"]),
  UPPER: same("upper", STRING, [1, 1], ["string"]),
  TRIM: trim("trim"),
  LTRIM: trim("ltrim"),
  RTRIM: trim("rtrim"),
  SUBSTR: { count: [2, 3], takes: ["string", "integer"], emit: substring },
  SUBSTRING: { count: [2, 3], takes: ["string", "integer"], emit: substring },
  LEFT: sized("left"),
  RIGHT: sized("right"),
  CONCAT: {
    count: [1, Infinity],
    takes: ["scalar"],
    emit: concat,
  },
  REPLACE: same("replace", STRING, [3, 3], ["string"]),
  REVERSE: same("reverse", STRING, [1, 1], ["string"]),
  REPEAT: sized("repeat"),
  TRANSLATE: same("translate", STRING, [3, 3], ["string"]),
  LPAD: pad("lpad"),
  RPAD: pad("rpad"),
  STRPOS: same("instr", INT64, [2, 2], ["string"]),
  INSTR: { ...same("instr", INT64, [2, 2], ["string"]), mostInBigQuery: 4 },
  STARTS_WITH: same("starts_with", BOOL, [2, 2], ["string"]),
  ENDS_WITH: same("ends_with", BOOL, [2, 2], ["string"]),
  CONTAINS_SUBSTR: written(
    BOOL,
    [2, 2],
    ["scalar", "string"],
    (value, search) => `contains(lower(CAST(${value} AS VARCHAR)), lower(${search}))`,
  ),
  SPLIT: { count: [1, 2], takes: ["string"], emit: split },
  FORMAT: { count: [1, Infinity], takes: ["string", "any"], emit: (site) => typed(formatString(site), STRING) },
  NORMALIZE: { count: [1, 2], takes: ["string", "any"], emit: normalize },
  ASCII: {
    count: [1, 1],
    takes: ["string"],
    emit: (site) =>
      typed(`bq_ascii(${site.arg(0).sql}, ${site.failure("the text begins with no ASCII character")})`, INT64),
  },
  UNICODE: written(INT64, [1, 1], ["string"], (text) => `bq_unicode(${text})`),
  CHR: {
    count: [1, 1],
    takes: ["integer"],
    emit: (site) => typed(`bq_chr(${site.arg(0).sql}, ${site.failure("no character has this code")})`, STRING),
  },
  EDIT_DISTANCE: { count: [2, 2], takes: ["string"], emit: editDistance },
  TO_HEX: { count: [1, 1], takes: ["text"], emit: (site) => typed(`lower(hex(${bytesOf(site)}))`, STRING) },
  FROM_HEX: same("unhex", BYTES, [1, 1], ["string"]),
  TO_BASE64: { count: [1, 1], takes: ["text"], emit: (site) => typed(`to_base64(${bytesOf(site)})`, STRING) },
  FROM_BASE64: same("from_base64", BYTES, [1, 1], ["string"]),
  MD5: digest("md5"),
  SHA1: digest("sha1"),
  SHA256: digest("sha256"),
  GENERATE_UUID: { count: [0, 0], emit: () => typed("CAST(uuid() AS VARCHAR)", STRING) },
};

/** An argument that has to be BYTES, or a string literal in their place. */
function bytesOf(site: CallSite): string {
  const { sql, type, literal } = site.arg(0);
  if (type.kind !== "STRING") return sql;
  if (literal === undefined)
    throw invalid(site.call.at, `${site.call.name} takes BYTES, not STRING`, "write CAST(... AS BYTES)");
  return `encode(${sql})`;
}

/** BigQuery's text of each argument, or of BYTES their bytes; what an argument of unknown type is, DuckDB finds. */
function concat(site: CallSite): Typed {
  const args = site.args();
  const areBytes = args.some(({ type }) => type.kind === "BYTES");
  const texts = args.map((value) =>
    areBytes || value.type.kind === "UNKNOWN" || value.type.kind === "NULL"
      ? value.sql
      : castToString(value, `CAST(${value.sql} AS VARCHAR)`),
  );
  return typed(`(${texts.join(" || ")})`, areBytes ? BYTES : STRING);
}

function length(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  return typed(type.kind === "BYTES" ? `octet_length(${sql})` : `length(${sql})`, INT64);
}

function byteLength(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  return typed(type.kind === "BYTES" ? `octet_length(${sql})` : `strlen(${sql})`, INT64);
}

function trim(name: string): FunctionRule {
  return {
    count: [1, 2],
    takes: ["string"],
    emit: (site) =>
      typed(`${name}(${site.arg(0).sql}, ${site.length === 2 ? site.arg(1).sql : quoteText(WHITE_SPACE)})`, STRING),
  };
}

function pad(name: string): FunctionRule {
  return {
    count: [2, 3],
    takes: ["string", "integer", "string"],
    emit: (site) =>
      typed(
        `${name}(${site.arg(0).sql}, CAST(${lengthOf(site, 1)} AS INTEGER), ${site.length === 3 ? site.arg(2).sql : "' '"})`,
        STRING,
      ),
  };
}

/** A function of a text and of a length that BigQuery does not take below 0. */
function sized(name: string): FunctionRule {
  return {
    count: [2, 2],
    takes: ["string", "integer"],
    emit: (site) => typed(`${name}(${site.arg(0).sql}, ${lengthOf(site, 1)})`, STRING),
  };
}

function lengthOf(site: CallSite, index: number): string {
  const { sql } = site.arg(index);
  return site.call.args[index]?.kind === "integer"
    ? sql
    : `bq_with_least(0, ${sql}, ${site.failure("the length is negative")})`;
}

function substring(site: CallSite): Typed {
  const args = site.args().map(({ sql }) => sql);
  const [start, size] = site.call.args.slice(1);
  // From a plain position on, DuckDB's own function does the same.
  const plain = start?.kind === "integer" && Number(start.text) > 0 && (size === undefined || size.kind === "integer");
  const name = plain ? "substring" : size === undefined ? "bq_substr" : "bq_substr_of";
  if (name === "bq_substr_of") args.push(site.failure("the length is negative"));
  return typed(`${name}(${args.join(", ")})`, STRING);
}

function editDistance(site: CallSite): Typed {
  if (site.call.safe) throw unsupported(site.call.at, "SAFE.EDIT_DISTANCE", "leave out SAFE");
  const failure = site.failure("only texts of ASCII characters are compared here");
  return typed(`bq_edit_distance(${site.arg(0).sql}, ${site.arg(1).sql}, ${failure})`, INT64);
}

function split(site: CallSite): Typed {
  return typed(`string_split(${site.arg(0).sql}, ${site.length === 2 ? site.arg(1).sql : "','"})`, arrayOf(STRING));
}

function normalize(site: CallSite): Typed {
  const mode = site.call.args[1];
  if (mode !== undefined && (mode.kind !== "name" || mode.name.text.toUpperCase() !== "NFC"))
    throw unsupported(mode.at, "NORMALIZE to another form than NFC", "leave the form out");
  return typed(`nfc_normalize(${site.arg(0).sql})`, STRING);
}

/** BigQuery's digests are BYTES, DuckDB's are their hexadecimal text. */
function digest(name: string): FunctionRule {
  return {
    count: [1, 1],
    emit: (site) => {
      const { sql, type } = site.arg(0);
      const kinds: readonly SqlType["kind"][] = ["STRING", "BYTES", "UNKNOWN", "NULL"];
      if (!kinds.includes(type.kind))
        throw invalid(
          site.call.at,
          `${site.call.name} takes STRING or BYTES, not ${type.kind}`,
          "use TO_JSON_STRING(...) or CAST(... AS STRING)",
        );
      return typed(`unhex(${name}(${sql}))`, BYTES);
    },
  };
}
