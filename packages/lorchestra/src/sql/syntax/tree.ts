/**
 * The syntax tree of one query of BigQuery's dialect. Every `at` is the offset at which the thing begins.
 *
 * Names keep the case in which they were written; function names and keywords are upper case.
 */
export interface Name {
  readonly text: string;
  readonly at: number;
  /** True when it stood in backquotes. */
  readonly quoted: boolean;
}

export interface Query {
  readonly at: number;
  readonly with: { readonly recursive: boolean; readonly tables: readonly { name: Name; query: Query }[] } | null;
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly limit: { readonly count: Expression; readonly offset: Expression | null } | null;
}

export type QueryBody = Select | SetOperation | { readonly kind: "parenthesized"; readonly query: Query };

export interface SetOperation {
  readonly kind: "set";
  readonly operator: "UNION ALL" | "UNION DISTINCT" | "INTERSECT DISTINCT" | "EXCEPT DISTINCT";
  readonly operands: readonly QueryBody[];
}

export interface Select {
  readonly kind: "select";
  readonly at: number;
  readonly distinct: boolean;
  readonly as: "STRUCT" | "VALUE" | null;
  readonly items: readonly SelectItem[];
  readonly from: FromItem | null;
  readonly where: Expression | null;
  readonly groupBy: GroupBy | null;
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly windows: readonly { readonly name: Name; readonly window: Window }[];
}

export type SelectItem =
  | { readonly kind: "expression"; readonly expression: Expression; readonly alias: Name | null }
  | {
      readonly kind: "star";
      readonly at: number;
      /** Null for `*`, the expression before the dot for `x.*`. */
      readonly of: Expression | null;
      readonly except: readonly Name[];
      readonly replace: readonly { readonly expression: Expression; readonly name: Name }[];
    };

export interface GroupBy {
  readonly at: number;
  readonly kind: "items" | "all" | "ROLLUP" | "CUBE" | "GROUPING SETS";
  /** One expression an item; a grouping set is an item of several, or of none. */
  readonly items: readonly (readonly Expression[])[];
}

export interface OrderItem {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls: "FIRST" | "LAST" | null;
}

export type FromItem =
  | {
      readonly kind: "table";
      readonly at: number;
      readonly path: readonly Name[];
      readonly alias: Name | null;
      readonly offset: Name | null;
    }
  | {
      readonly kind: "unnest";
      readonly at: number;
      readonly array: Expression;
      readonly alias: Name | null;
      readonly offset: Name | null;
    }
  | { readonly kind: "subquery"; readonly query: Query; readonly alias: Name | null }
  | {
      readonly kind: "join";
      readonly at: number;
      readonly type: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS";
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expression | null;
      readonly using: readonly Name[];
    };

export interface Window {
  readonly at: number;
  /** A window named before it, which this one extends. */
  readonly extends: Name | null;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: {
    readonly unit: "ROWS" | "RANGE";
    readonly start: FrameBound;
    readonly end: FrameBound | null;
  } | null;
}

export interface FrameBound {
  readonly kind: "UNBOUNDED PRECEDING" | "UNBOUNDED FOLLOWING" | "CURRENT ROW" | "PRECEDING" | "FOLLOWING";
  /** How far, of the last two kinds. */
  readonly distance: Expression | null;
}

/** A type as written: `name` is upper case, `parameters` as in `NUMERIC(10, 2)`. */
export interface TypeNode {
  readonly at: number;
  readonly name: string;
  readonly parameters: readonly number[];
  readonly element: TypeNode | null;
  readonly fields: readonly { readonly name: Name | null; readonly type: TypeNode }[];
}

type Node<Kind extends string, Fields = unknown> = { readonly kind: Kind; readonly at: number } & Readonly<Fields>;

export type Expression =
  | Node<"null">
  | Node<"boolean", { value: boolean }>
  | Node<"integer", { text: string }>
  | Node<"float", { text: string }>
  | Node<"string", { text: string }>
  | Node<"bytes", { text: string }>
  /** `DATE '2025-01-01'` and its like. */
  | Node<"typed", { type: TypeNode; text: string }>
  | Node<"interval", { amount: Expression; part: string; toPart: string | null }>
  | Node<"name", { name: Name }>
  | Node<"field", { of: Expression; field: Name }>
  | Node<"subscript", { of: Expression; mode: SubscriptMode; index: Expression }>
  | Node<"unary", { operator: "-" | "+" | "~" | "NOT"; operand: Expression }>
  | Node<"binary", { operator: BinaryOperator; left: Expression; right: Expression }>
  | Node<"logical", { operator: "AND" | "OR"; operands: readonly Expression[] }>
  | Node<"between", { not: boolean; value: Expression; low: Expression; high: Expression }>
  | Node<"like", { not: boolean; value: Expression; any: "ANY" | "ALL" | null; patterns: readonly Expression[] }>
  | Node<"in", { not: boolean; value: Expression; list: InList }>
  | Node<"is", { not: boolean; value: Expression; what: "NULL" | "TRUE" | "FALSE" | "UNKNOWN" }>
  | Node<"distinct", { not: boolean; left: Expression; right: Expression }>
  | Node<"case", { subject: Expression | null; branches: readonly Branch[]; otherwise: Expression | null }>
  | Node<"cast", { safe: boolean; value: Expression; type: TypeNode }>
  | Node<"extract", { part: DatePart; value: Expression; zone: Expression | null }>
  | Node<"array", { element: TypeNode | null; items: readonly Expression[] }>
  | Node<"struct", { type: TypeNode | null; fields: readonly { expression: Expression; alias: Name | null }[] }>
  | Node<"tuple", { items: readonly Expression[] }>
  | Node<"subquery", { use: "scalar" | "ARRAY" | "EXISTS"; query: Query }>
  | Call;

export interface Branch {
  readonly condition: Expression;
  readonly result: Expression;
}

export type SubscriptMode = "plain" | "OFFSET" | "ORDINAL" | "SAFE_OFFSET" | "SAFE_ORDINAL";

export type BinaryOperator =
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "+"
  | "-"
  | "*"
  | "/"
  | "||"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>";

export type InList =
  | { readonly kind: "items"; readonly items: readonly Expression[] }
  | { readonly kind: "query"; readonly query: Query }
  | { readonly kind: "unnest"; readonly array: Expression };

/** `WEEK(MONDAY)` has a weekday. */
export interface DatePart {
  readonly at: number;
  readonly name: string;
  readonly weekday: string | null;
}

export interface Call {
  readonly kind: "call";
  readonly at: number;
  /** Upper case, with its dots: `NET.HOST`. Without `SAFE.`. */
  readonly name: string;
  readonly safe: boolean;
  readonly star: boolean;
  readonly distinct: boolean;
  readonly args: readonly Expression[];
  readonly named: readonly { readonly name: Name; readonly value: Expression }[];
  readonly nulls: "IGNORE" | "RESPECT" | null;
  readonly having: { readonly extreme: "MAX" | "MIN"; readonly by: Expression } | null;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expression | null;
  readonly over: Window | null;
}
