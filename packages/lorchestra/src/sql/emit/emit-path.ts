import { jsonIndex, jsonKey } from "../json-path.js";
import { invalid } from "../sql-problem.js";
import type { Expression } from "../syntax/tree.js";
import type { Emitter } from "./emitter.js";
import { quoteName, quoteText } from "./quote.js";
import { findColumn, findRelation, resolve, type Relation, type Scope } from "./scope.js";
import { isNumeric, JSON_TYPE, UNKNOWN, type Column, type SqlType } from "./sql-type.js";
import { typed, type Typed } from "./typed.js";

type NameNode = Extract<Expression, { kind: "name" }>;
type FieldNode = Extract<Expression, { kind: "field" }>;
type SubscriptNode = Extract<Expression, { kind: "subscript" }>;

/** A name that stands alone: a column, an alias, or a row. */
export function emitName({ name }: NameNode, scope: Scope): Typed {
  const meaning = resolve(name.text, scope);
  if (meaning === null) return unknownName(name, scope);
  if (meaning.kind === "selected") return meaning.value;
  if (meaning.kind === "relation") return rowValue(meaning.relation);
  return columnValue(columnSql(meaning.relation, meaning.column), meaning.column.type);
}

/**
 * A name without a meaning: of the one table whose columns are not all known, if there is one. Written with it, since DuckDB
 * would look for an alias of the SELECT list too, which BigQuery does not.
 */
function unknownName({ text, at }: NameNode["name"], scope: Scope): Typed {
  const open = openRelations(scope);
  const [only, ...others] = open;
  if (only === undefined) {
    const names = scope.relations.flatMap(({ columns, element }) => [
      ...(element === null ? [] : [element]),
      ...columns.known,
    ]);
    const hint = names.length === 0 ? "there is no FROM that could have it" : `the columns are ${listed(names)}`;
    throw invalid(at, `there is no column \`${text.slice(0, 80)}\``, hint);
  }
  const isAlone = others.length === 0 && only.alias !== null && scope.relations.includes(only);
  return typed(isAlone ? `${quoteName(only.alias)}.${quoteName(text)}` : quoteName(text), UNKNOWN);
}

/** Relations of a scope, and of those around it, that may have columns which are not known. */
function openRelations({ relations, outer }: Scope): Relation[] {
  const open = relations.filter(({ columns, element }) => !columns.complete || element?.type.kind === "UNKNOWN");
  return outer === null ? open : [...open, ...openRelations(outer)];
}

const LISTED = 20;

function listed(columns: readonly Column[]): string {
  const names = columns.slice(0, LISTED).map(({ name }) => name);
  return `${names.join(", ")}${columns.length > LISTED ? ", …" : ""}`;
}

/** What an alias of FROM means as a value: the element of an array, or the whole row. */
function rowValue(relation: Relation): Typed {
  if (relation.element !== null) return columnValue(columnSql(relation, relation.element), relation.element.type);
  const { known, complete } = relation.columns;
  if (!complete || relation.offset === null)
    return typed(quoteName(relation.alias ?? ""), complete ? { kind: "STRUCT", fields: known } : UNKNOWN);
  const fields = known.map((column) => `${quoteText(column.name)}: ${columnSql(relation, column)}`);
  return typed(`{${fields.join(", ")}}`, { kind: "STRUCT", fields: known });
}

function columnSql(relation: Relation | null, { name }: Column): string {
  const alias = relation?.alias ?? null;
  return alias === null ? quoteName(name) : `${quoteName(alias)}.${quoteName(name)}`;
}

/** A value whose fields, if it is JSON, begin a path of their own. */
function columnValue(sql: string, type: SqlType): Typed {
  return type.kind === "JSON" ? { sql, type, json: { document: sql, path: "$" } } : typed(sql, type);
}

/** `of.field`: a column of a row, a field of a STRUCT or of JSON. */
export function emitField(node: FieldNode, scope: Scope, emitter: Emitter): Typed {
  const column = columnOfRow(node, scope);
  if (column !== null) return column;
  const of = emitter.expression(node.of, scope);
  const { field } = node;
  if (of.type.kind === "JSON") return jsonStep(of, jsonKey(field.text));
  if (of.type.kind === "STRUCT") {
    const found = of.type.fields.find(({ name }) => name.toLowerCase() === field.text.toLowerCase());
    if (found === undefined)
      throw invalid(field.at, `the STRUCT has no field \`${field.text}\``, "name one of its fields");
    return columnValue(`(${of.sql}).${quoteName(found.name)}`, found.type);
  }
  if (of.type.kind !== "UNKNOWN")
    throw invalid(field.at, `${of.type.kind} has no fields`, "take fields only of STRUCT and JSON");
  return typed(`(${of.sql}).${quoteName(field.text)}`, UNKNOWN);
}

/** `alias.column`; null where the name before the dot means something else. */
function columnOfRow({ of, field }: FieldNode, scope: Scope): Typed | null {
  if (of.kind !== "name") return null;
  const meaning = resolve(of.name.text, scope);
  const relation = meaning?.kind === "relation" ? meaning.relation : findRelation(of.name.text, scope);
  if (relation === null || relation.element !== null) return null;
  const column = findColumn(relation, field.text);
  if (column !== null) return columnValue(columnSql(relation, column), column.type);
  // A column of the table may bear the table's name and have such a field.
  if (meaning?.kind === "column") return null;
  if (!relation.columns.complete) return typed(columnSql(relation, { name: field.text, type: UNKNOWN }), UNKNOWN);
  const names = relation.columns.known.map(({ name }) => name).join(", ");
  throw invalid(field.at, `\`${of.name.text}\` has no column \`${field.text}\``, `its columns are ${names}`);
}

/** `of[index]`, of an ARRAY or of JSON. */
export function emitSubscript(node: SubscriptNode, scope: Scope, emitter: Emitter): Typed {
  const of = emitter.expression(node.of, scope);
  const index = emitter.expression(node.index, scope);
  if (of.type.kind === "JSON") {
    if (node.mode !== "plain")
      throw invalid(node.at, `JSON takes no ${node.mode}`, "write payload[0] or payload['field']");
    return emitJsonSubscript(of, node.index, index);
  }
  if (of.type.kind !== "UNKNOWN" && of.type.kind !== "ARRAY")
    throw invalid(node.at, `${of.type.kind} has no elements`, "take elements only of ARRAY and JSON");
  const type = of.type.kind === "ARRAY" ? of.type.element : UNKNOWN;
  const zeroBased = node.mode === "ORDINAL" || node.mode === "SAFE_ORDINAL" ? `${index.sql} - 1` : index.sql;
  if (node.mode === "plain" && type.kind === "UNKNOWN") {
    if (node.index.kind === "string") return typed(`(${of.sql})[${index.sql}]`, UNKNOWN);
    // An element of JSON is counted from 0 in DuckDB, one of a list from 1.
    return typed(
      `(${of.sql})[CASE WHEN typeof(${of.sql}) = 'JSON' THEN ${index.sql} ELSE ${index.sql} + 1 END]`,
      UNKNOWN,
    );
  }
  const safe = node.mode === "SAFE_OFFSET" || node.mode === "SAFE_ORDINAL";
  const element = safe
    ? `bq_safe_offset(${of.sql}, ${zeroBased})`
    : `bq_offset(${of.sql}, ${zeroBased}, error('the array has no element at that position'))`;
  return columnValue(element, type);
}

function emitJsonSubscript(of: Typed, node: Expression, index: Typed): Typed {
  if (node.kind === "string") return jsonStep(of, jsonKey(node.text));
  if (node.kind === "integer") return jsonStep(of, jsonIndex(Number(node.text)));
  if (isNumeric(index.type)) return columnValue(`bq_json_element(${of.sql}, ${index.sql})`, JSON_TYPE);
  return columnValue(`bq_json_field(${of.sql}, CAST(${index.sql} AS VARCHAR))`, JSON_TYPE);
}

function jsonStep(of: Typed, step: string): Typed {
  const { document, path } = of.json ?? { document: of.sql, path: "$" };
  const longer = path + step;
  return { sql: `bq_json_get(${document}, ${quoteText(longer)})`, type: JSON_TYPE, json: { document, path: longer } };
}
