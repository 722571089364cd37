import type { Expression } from "./tree.js";

/**
 * The name that a column or field has without an alias: the last name of its path
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#implicit_aliases). Null for what has none.
 */
export function impliedName(node: Expression): string | null {
  if (node.kind === "name") return node.name.text;
  return node.kind === "field" ? node.field.text : null;
}
