import type { Expression, OrderItem, Query, Window } from "../syntax/tree.js";
import type { Columns, Relation, Scope } from "./scope.js";
import type { Typed } from "./typed.js";

/** The parts of the translation that contain one another; see `Parser` for why they meet in an interface. */
export interface Emitter {
  /** The dataset of tables that are named without one. */
  readonly defaultDataset: string;
  expression(node: Expression, scope: Scope): Typed;
  query(node: Query, scope: Scope): EmittedQuery;
  /** What stands after an aggregate or window function, with a blank before it. */
  over(window: Window, scope: Scope): string;
  /**
   * `ORDER BY …` with BigQuery's order of NULLs and NaN written out; empty without items. An item that is a single name is
   * read in `nameScope` instead. Where it is not `isPlain`, behind DISTINCT or a set operation, it can only name columns.
   */
  orderBy(
    items: readonly OrderItem[],
    scope: Scope,
    options?: { readonly nameScope?: Scope; readonly isPlain?: boolean },
  ): string;
}

export interface EmittedQuery {
  /** Without brackets around it. */
  readonly sql: string;
  readonly columns: Columns;
}

/** A query's body, with the scope in which its ORDER BY is read. */
export interface EmittedBody extends EmittedQuery {
  readonly orderScope: Scope;
}

export interface EmittedFrom {
  readonly sql: string;
  readonly relations: readonly Relation[];
}

/** An item of the SELECT list that is one column. */
export interface Selected {
  readonly name: string;
  readonly value: Typed;
  readonly at: number;
}
