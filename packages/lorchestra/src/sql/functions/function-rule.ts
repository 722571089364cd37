import type { Emitter } from "../emit/emitter.js";
import type { Scope } from "../emit/scope.js";
import type { SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import type { Call, DatePart } from "../syntax/tree.js";

/** How one function of BigQuery is written in DuckDB. */
export interface FunctionRule {
  /** The least and the largest number of arguments, named ones not counted. */
  readonly count: readonly [min: number, max: number];
  /** The largest number that BigQuery takes. Default: that of `count`. */
  readonly mostInBigQuery?: number;
  /** What the arguments may be, as far as their types are known; the last entry holds for all that follow. */
  readonly takes?: readonly Family[];
  /** Aggregate functions may have DISTINCT, ORDER BY and OVER; window functions must have OVER. */
  readonly group?: "aggregate" | "window";
  /** Names of named arguments (`name => value`) it takes. */
  readonly named?: readonly string[];
  emit(site: CallSite): Typed;
}

/** What an argument may be. `any` is not checked; `scalar` is anything but JSON. */
export type Family =
  | "any"
  | "scalar"
  | "number"
  | "integer"
  | "string"
  | "text"
  | "json"
  | "instant"
  | "timestamp"
  | "array"
  | "bool";

/** One call, as a rule sees it. */
export interface CallSite {
  readonly call: Call;
  readonly scope: Scope;
  readonly emitter: Emitter;
  /** How many arguments there are. */
  readonly length: number;
  /** An argument, translated; throws if its type is known and not what the rule takes. */
  arg(index: number): Typed;
  /** The arguments, translated. */
  args(): Typed[];
  /** An argument that has to be a string literal; throws SQL_UNSUPPORTED otherwise. */
  text(index: number): string;
  /** An argument that has to be a number literal. */
  number(index: number): number;
  /** An argument that names a part of a date. */
  part(index: number): DatePart;
  /** What to put where BigQuery raises an error: `error('…')`, or NULL behind SAFE. */
  failure(message: string): string;
  /** The function's own call with OVER behind it, where there is one. */
  over(sql: string): string;
}

export type Rules = Readonly<Record<string, FunctionRule>>;

/** A function that DuckDB has under a name, with the same arguments in the same order and the same meaning. */
export function same(
  name: string,
  type: SqlType,
  count: FunctionRule["count"],
  takes?: readonly Family[],
): FunctionRule {
  return {
    count,
    ...(takes === undefined ? {} : { takes }),
    emit: (site) =>
      typed(
        `${name}(${site
          .args()
          .map(({ sql }) => sql)
          .join(", ")})`,
        type,
      ),
  };
}

/** A function that is written by what stands for its arguments. */
export function written(
  type: SqlType,
  count: FunctionRule["count"],
  takes: readonly Family[],
  write: (...args: string[]) => string,
): FunctionRule {
  return { count, takes, emit: (site) => typed(write(...site.args().map(({ sql }) => sql)), type) };
}
