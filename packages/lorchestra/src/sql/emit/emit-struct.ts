import { invalid } from "../sql-problem.js";
import { impliedName } from "../syntax/implied-name.js";
import type { Expression } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import { emitType, unnamedField } from "./emit-type.js";
import { quoteText } from "./quote.js";
import type { Scope } from "./scope.js";
import { arrayOf, commonType, INT64, NULL, type Column, type SqlType } from "./sql-type.js";
import { typed, withNamesOf, type Typed } from "./typed.js";

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

/** `[a, b]`, `ARRAY<STRING>[]`. */
export function emitArray(node: Node<"array">, scope: Scope, emitter: Emitter): Typed {
  const items = node.items.map((item) => emitter.expression(item, scope));
  if (items.some(({ type }) => type.kind === "ARRAY"))
    throw invalid(node.at, "an ARRAY cannot hold ARRAYs", "put each into a STRUCT");
  if (node.element !== null) {
    const { sql, type } = emitType(node.element);
    return typed(`CAST([${items.map((item) => structOfType(item, sql, type)).join(", ")}] AS ${sql}[])`, arrayOf(type));
  }
  const list = `[${structsByFirst(items).join(", ")}]`;
  if (items.length === 0) return typed("CAST([] AS BIGINT[])", arrayOf(INT64));
  const [first] = items;
  const element: SqlType = first?.type.kind === "STRUCT" ? first.type : commonType(items.map(({ type }) => type));
  return typed(list, arrayOf(element));
}

/** `[STRUCT(1 AS a), STRUCT(2), (3)]`: the names of the first hold for those behind it. */
function structsByFirst(items: readonly Typed[]): string[] {
  const [first] = items;
  // One that is not written out has its names already.
  return items.map((item) =>
    first === undefined || (item === first && first.parts === undefined) ? item.sql : withNamesOf(first, item),
  );
}

/** In a typed array a STRUCT takes its fields by their places, whatever names they have. */
function structOfType({ sql, parts }: Typed, typeSql: string, type: SqlType): string {
  if (type.kind !== "STRUCT" || parts?.length !== type.fields.length) return sql;
  return `CAST(row(${parts.map((part) => part.sql).join(", ")}) AS ${typeSql})`;
}

/** `STRUCT(a, 1 AS b)`, `STRUCT<a INT64>(1)`. */
export function emitStruct(node: Node<"struct">, scope: Scope, emitter: Emitter): Typed {
  if (node.fields.length === 0) throw invalid(node.at, "a STRUCT needs a field", "write STRUCT(1 AS a)");
  const values = node.fields.map(({ expression, alias }, index) => {
    const value = emitter.expression(expression, scope);
    return { name: alias?.text ?? impliedName(expression) ?? unnamedField(index), value };
  });
  if (node.type !== null) {
    const { sql, type } = emitType(node.type);
    if (type.kind === "STRUCT" && type.fields.length !== values.length)
      throw invalid(node.at, `the STRUCT has ${type.fields.length} fields, not ${values.length}`);
    return typed(`CAST(row(${values.map(({ value }) => value.sql).join(", ")}) AS ${sql})`, type);
  }
  const names = values.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid(node.at, `two fields of the STRUCT are named \`${twice}\``, "give one another name with AS");
  const fields: Column[] = values.map(({ name, value }) => ({ name, type: value.type }));
  const sql = `{${values.map(({ name, value }) => `${quoteText(name)}: ${value.sql}`).join(", ")}}`;
  return { sql, type: { kind: "STRUCT", fields }, parts: values.map(({ value }) => value) };
}

/** `(a, b)`: a STRUCT whose fields have no names. */
export function emitTuple(node: Node<"tuple">, scope: Scope, emitter: Emitter): Typed {
  const parts = node.items.map((item) => emitter.expression(item, scope));
  const fields = parts.map(({ type }, index) => ({
    name: unnamedField(index),
    type: type.kind === "NULL" ? NULL : type,
  }));
  return { sql: `row(${parts.map(({ sql }) => sql).join(", ")})`, type: { kind: "STRUCT", fields }, parts };
}
