import type { Emitter } from "../emit/emitter.js";
import { quoteText } from "../emit/quote.js";
import type { Scope } from "../emit/scope.js";
import type { SqlType } from "../emit/sql-type.js";
import type { Typed } from "../emit/typed.js";
import { invalid, unsupported } from "../sql-problem.js";
import type { Call, DatePart, Expression } from "../syntax/tree.js";
import type { CallSite, Family, FunctionRule } from "./function-rule.js";

export function callSite(call: Call, rule: FunctionRule, scope: Scope, emitter: Emitter): CallSite {
  const node = (index: number): Expression => {
    const found = call.args[index];
    if (found === undefined) throw invalid(call.at, `${call.name} needs another argument`);
    return found;
  };
  // Rules ask for an argument more than once; translating it each time would take time exponential in the nesting.
  const translated: Typed[] = [];
  const arg = (index: number): Typed => (translated[index] ??= translate(index));
  const translate = (index: number): Typed => {
    const value = emitter.expression(node(index), scope);
    const family = rule.takes?.[Math.min(index, rule.takes.length - 1)] ?? "any";
    if (!fits(value, family)) throw mismatch(node(index).at, call.name, value.type, family);
    return value;
  };
  return {
    call,
    scope,
    emitter,
    length: call.args.length,
    arg,
    args: () => call.args.map((_, index) => arg(index)),
    text: (index) => {
      const { kind, at } = node(index);
      const { literal } = arg(index);
      if (literal === undefined)
        throw unsupported(
          at,
          `${call.name} with ${kind === "null" ? "NULL" : "an expression"} here`,
          "write a string literal",
        );
      return literal;
    },
    number: (index) => {
      const found = node(index);
      const { kind, at } = found;
      if (kind === "integer" || kind === "float") return Number(found.text);
      throw unsupported(at, `${call.name} with an expression here`, "write a number");
    },
    part: (index) => partOf(node(index), call.name),
    failure: (message) => (call.safe ? "NULL" : `error(${quoteText(`${call.name}: ${message}`)})`),
    over: (sql) => (call.over === null ? sql : `${sql}${emitter.over(call.over, scope)}`),
  };
}

function partOf(node: Expression, what: string): DatePart {
  if (node.kind === "name") return { at: node.at, name: node.name.text.toUpperCase(), weekday: null };
  const [weekday] = node.kind === "call" ? node.args : [];
  if (node.kind === "call" && weekday?.kind === "name") {
    return { at: node.at, name: node.name, weekday: weekday.name.text.toUpperCase() };
  }
  throw invalid(node.at, `${what} takes a part of a date here`, "write MONTH or WEEK(MONDAY), without quotes");
}

const FAMILIES: Readonly<Record<Family, readonly SqlType["kind"][]>> = {
  any: [],
  scalar: [
    "INT64",
    "FLOAT64",
    "NUMERIC",
    "BOOL",
    "STRING",
    "BYTES",
    "DATE",
    "TIME",
    "DATETIME",
    "TIMESTAMP",
    "INTERVAL",
  ],
  number: ["INT64", "FLOAT64", "NUMERIC"],
  integer: ["INT64"],
  string: ["STRING"],
  text: ["STRING", "BYTES"],
  json: ["JSON", "STRING"],
  instant: ["DATE", "DATETIME", "TIMESTAMP"],
  timestamp: ["TIMESTAMP"],
  array: ["ARRAY"],
  bool: ["BOOL"],
};

function fits({ type, literal }: Typed, family: Family): boolean {
  if (family === "any" || type.kind === "UNKNOWN" || type.kind === "NULL") return true;
  if (literal !== undefined && (family === "instant" || family === "timestamp")) return true;
  return FAMILIES[family].includes(type.kind);
}

function mismatch(at: number, name: string, { kind }: SqlType, family: Family): Error {
  const wanted = FAMILIES[family].join(" or ");
  const hint =
    kind === "JSON"
      ? "take the value out first: INT64(payload.field), STRING(payload.field) or JSON_VALUE(payload, '$.field')"
      : `convert it, as in CAST(... AS ${FAMILIES[family][0] ?? kind})`;
  return invalid(at, `${name} takes ${family === "scalar" ? "no JSON" : wanted}, not ${kind}`, hint);
}
