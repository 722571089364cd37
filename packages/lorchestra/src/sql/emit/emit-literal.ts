import { invalid, unsupported } from "../sql-problem.js";
import { integerTooLarge } from "../syntax/parse-primary.js";
import type { Expression } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import { emitType } from "./emit-type.js";
import { quoteText } from "./quote.js";
import type { Scope } from "./scope.js";
import { BOOL, BYTES, FLOAT64, INT64, INTERVAL, NULL, STRING, type SqlType } from "./sql-type.js";
import { typed, type Typed } from "./typed.js";

type Literal = Extract<Expression, { kind: "null" | "boolean" | "integer" | "float" | "string" | "bytes" | "typed" }>;

export function emitLiteral(node: Literal): Typed {
  if (node.kind === "null") return typed("NULL", NULL);
  if (node.kind === "boolean") return typed(node.value ? "TRUE" : "FALSE", BOOL);
  if (node.kind === "integer") return integerLiteral(BigInt(node.text), node.at);
  // Without an exponent DuckDB reads a decimal, whose arithmetic and division differ.
  if (node.kind === "float")
    return { sql: /e/i.test(node.text) ? node.text : `${node.text}e0`, type: FLOAT64, isNumber: true };
  if (node.kind === "string") return { sql: quoteText(node.text), type: STRING, literal: node.text };
  if (node.kind === "bytes") return typed(`'${bytesOf(node.text)}'::BLOB`, BYTES);
  const { sql, type } = emitType(node.type);
  return typed(`CAST(${quoteText(typedText(node.text, type))} AS ${sql})`, type);
}

/** INT64 is BigQuery's only integer; DuckDB takes a small literal for 32 bits, and what is computed of it too. */
export function integerLiteral(value: bigint, at: number): Typed {
  if (value !== BigInt.asIntN(64, value)) throw integerTooLarge(at);
  return typed(`CAST(${value} AS BIGINT)`, INT64);
}

function bytesOf(text: string): string {
  return Array.from(text, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
}

/** BigQuery takes `+3:00` and `-7` for time zones, DuckDB only two digits. */
function typedText(text: string, { kind }: SqlType): string {
  return kind === "TIMESTAMP" ? text.replace(/([+-])(\d)(:\d{1,2})?$/, "$10$2$3") : text;
}

/** DuckDB's function that makes an interval of a number of these. */
const INTERVALS: Readonly<Record<string, readonly [maker: string, factor: number]>> = {
  MICROSECOND: ["to_microseconds", 1],
  MILLISECOND: ["to_microseconds", 1_000],
  SECOND: ["to_microseconds", 1_000_000],
  MINUTE: ["to_minutes", 1],
  HOUR: ["to_hours", 1],
  DAY: ["to_days", 1],
  WEEK: ["to_days", 7],
  MONTH: ["to_months", 1],
  QUARTER: ["to_months", 3],
  YEAR: ["to_months", 12],
};

/** `INTERVAL 7 DAY`. */
export function emitInterval(node: Extract<Expression, { kind: "interval" }>, scope: Scope, emitter: Emitter): Typed {
  if (node.toPart !== null)
    throw unsupported(node.at, `INTERVAL ... ${node.part} TO ${node.toPart}`, "add intervals of one unit each");
  const maker = INTERVALS[node.part.replace(/S$/, "")];
  if (maker === undefined)
    throw invalid(node.at, `\`${node.part}\` is not a unit of an interval`, `use ${Object.keys(INTERVALS).join(", ")}`);
  const [make, factor] = maker;
  const amount = emitter.expression(node.amount, scope);
  if (amount.type.kind === "STRING" || amount.type.kind === "FLOAT64")
    throw invalid(
      node.amount.at,
      `an interval takes INT64, not ${amount.type.kind}`,
      "write INTERVAL 7 DAY, or cast the number",
    );
  const count = factor === 1 ? amount.sql : `(${amount.sql}) * ${factor}`;
  const wide = make === "to_days" || make === "to_months" ? "INTEGER" : "BIGINT";
  return typed(`${make}(CAST(${count} AS ${wide}))`, INTERVAL);
}
