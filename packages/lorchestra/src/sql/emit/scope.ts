import type { Window } from "../syntax/tree.js";
import type { Column } from "./sql-type.js";
import type { Typed } from "./typed.js";

/** What the names of an expression can mean. */
export interface Scope {
  /** Tables of WITH, by name in lower case. */
  readonly withTables: ReadonlyMap<string, Columns>;
  readonly relations: readonly Relation[];
  /** Aliases of the SELECT list, by name in lower case, where they win over columns: in HAVING, QUALIFY and ORDER BY. */
  readonly selected: ReadonlyMap<string, Typed> | null;
  /** Of the WINDOW clause, by name in lower case. */
  readonly windows: ReadonlyMap<string, Window>;
  /** The scope around a subquery. */
  readonly outer: Scope | null;
}

export interface Columns {
  /** In order, if they are all. */
  readonly known: readonly Column[];
  /** False where there may be others: a table can have more columns than lorchestra made. */
  readonly complete: boolean;
}

export const NO_COLUMNS: Columns = { known: [], complete: true };
export const SOME_COLUMNS: Columns = { known: [], complete: false };

/** One item of FROM. */
export interface Relation {
  /** As BigQuery sees it; null without one. */
  readonly alias: string | null;
  readonly columns: Columns;
  /** For an array in FROM whose elements are no STRUCTs: the column of them, which is also what the alias means. */
  readonly element: Column | null;
  /** The column of WITH OFFSET, which is beside the row and no part of it. */
  readonly offset: Column | null;
}

export type Resolved =
  | { readonly kind: "selected"; readonly value: Typed }
  | { readonly kind: "relation"; readonly relation: Relation }
  /** `relation` is null where the column cannot be written with its table: joined by USING, or of an outer query. */
  | { readonly kind: "column"; readonly relation: Relation | null; readonly column: Column }
  | null;

/** What a single name means; null where that is not known. Names are compared without regard to case. */
export function resolve(name: string, scope: Scope): Resolved {
  const key = name.toLowerCase();
  const selected = scope.selected?.get(key);
  if (selected !== undefined) return { kind: "selected", value: selected };

  const aliased = findRelation(name, scope);
  if (aliased !== null && aliased.element !== null) return { kind: "relation", relation: aliased };
  const owners = scope.relations.filter((relation) => findColumn(relation, key) !== null);
  const [owner] = owners;
  const column = owner === undefined ? null : findColumn(owner, key);
  if (owner !== undefined && column !== null)
    return { kind: "column", relation: owners.length === 1 ? owner : null, column };
  if (aliased !== null) return { kind: "relation", relation: aliased };
  if (scope.outer === null) return null;
  const outer = resolve(name, { ...scope.outer, selected: null });
  return outer?.kind === "column" ? { ...outer, relation: null } : outer;
}

export function findRelation(alias: string, scope: Scope): Relation | null {
  return scope.relations.find((relation) => relation.alias?.toLowerCase() === alias.toLowerCase()) ?? null;
}

export function findColumn({ columns, element, offset }: Relation, name: string): Column | null {
  const key = name.toLowerCase();
  const beside = [element, offset].find((column) => column?.name.toLowerCase() === key);
  return beside ?? columns.known.find((column) => column.name.toLowerCase() === key) ?? null;
}
