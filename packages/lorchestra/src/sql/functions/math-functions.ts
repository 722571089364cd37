import { BOOL, commonType, FLOAT64, INT64, isNumeric, NUMERIC, UNKNOWN, type SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { checkComparable } from "../emit/comparable.js";
import { same, written, type CallSite, type FunctionRule, type Rules } from "./function-rule.js";

/** Functions on numbers (https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions). */
export const MATH_FUNCTIONS: Rules = {
  ABS: keeping("abs", [1, 1]),
  SIGN: keeping("sign", [1, 1]),
  ROUND: { ...rounding("round", [1, 2]), mostInBigQuery: 3 },
  TRUNC: rounding("trunc", [1, 2]),
  CEIL: rounding("ceil", [1, 1]),
  CEILING: rounding("ceil", [1, 1]),
  FLOOR: rounding("floor", [1, 1]),
  DIV: {
    count: [2, 2],
    takes: ["number"],
    emit: (site) => typed(`bq_div(${pair(site)}, ${site.failure("division by zero")})`, integerType(site)),
  },
  MOD: {
    count: [2, 2],
    takes: ["number"],
    emit: (site) => typed(`bq_mod(${pair(site)}, ${site.failure("division by zero")})`, integerType(site)),
  },
  SAFE_DIVIDE: { count: [2, 2], takes: ["number"], emit: safeDivide },
  IEEE_DIVIDE: written(FLOAT64, [2, 2], ["number"], (a, b) => `(CAST(${a} AS DOUBLE) / CAST(${b} AS DOUBLE))`),
  SAFE_ADD: safe("+"),
  SAFE_SUBTRACT: safe("-"),
  SAFE_MULTIPLY: safe("*"),
  SAFE_NEGATE: {
    count: [1, 1],
    takes: ["number"],
    emit: (site) => typed(`TRY(- ${site.arg(0).sql})`, site.arg(0).type),
  },
  POW: overflowing("bq_pow", 2),
  POWER: overflowing("bq_pow", 2),
  SQRT: float("sqrt", 1),
  CBRT: float("cbrt", 1),
  EXP: overflowing("bq_exp", 1),
  LN: float("ln", 1),
  LOG10: float("log10", 1),
  LOG: {
    count: [1, 2],
    takes: ["number"],
    emit: (site) =>
      typed(
        site.length === 1 ? `ln(${site.arg(0).sql})` : `(ln(${site.arg(0).sql}) / ln(${site.arg(1).sql}))`,
        FLOAT64,
      ),
  },
  SIN: float("sin", 1),
  COS: float("cos", 1),
  TAN: float("tan", 1),
  ASIN: float("asin", 1),
  ACOS: float("acos", 1),
  ATAN: float("atan", 1),
  ATAN2: float("atan2", 2),
  IS_NAN: same("isnan", BOOL, [1, 1], ["number"]),
  IS_INF: same("isinf", BOOL, [1, 1], ["number"]),
  RAND: { count: [0, 0], emit: () => typed("random()", FLOAT64) },
  GREATEST: extreme("greatest"),
  LEAST: extreme("least"),
};

/** A function whose result has the type of its argument. */
function keeping(name: string, count: FunctionRule["count"]): FunctionRule {
  return {
    count,
    takes: ["number"],
    emit: (site) =>
      typed(
        `${name}(${site
          .args()
          .map(({ sql }) => sql)
          .join(", ")})`,
        site.arg(0).type,
      ),
  };
}

/** Rounds an INT64 to a FLOAT64, as BigQuery does; NUMERIC stays NUMERIC. */
function rounding(name: string, count: FunctionRule["count"]): FunctionRule {
  return {
    count,
    takes: ["number", "integer"],
    emit: (site) => {
      const { sql, type } = site.arg(0);
      const digits = site.length === 2 ? `, CAST(${site.arg(1).sql} AS INTEGER)` : "";
      if (type.kind === "NUMERIC") return typed(`CAST(${name}(${sql}${digits}) AS DECIMAL(38, 9))`, NUMERIC);
      return typed(
        `${name}(${type.kind === "INT64" ? `CAST(${sql} AS DOUBLE)` : sql}${digits})`,
        type.kind === "UNKNOWN" ? UNKNOWN : FLOAT64,
      );
    },
  };
}

function float(name: string, arity: 1 | 2): FunctionRule {
  return written(
    FLOAT64,
    [arity, arity],
    ["number"],
    (...args) => `${name}(${args.map((arg) => `CAST(${arg} AS DOUBLE)`).join(", ")})`,
  );
}

/** In brackets, so that SAFE also catches what DuckDB's own function raises. */
function overflowing(macro: string, arity: 1 | 2): FunctionRule {
  return {
    count: [arity, arity],
    takes: ["number"],
    emit: (site) => {
      const args = site.args().map(({ sql }) => sql);
      return typed(`(${macro}(${args.join(", ")}, ${site.failure("the result is too large for a FLOAT64")}))`, FLOAT64);
    },
  };
}

function pair(site: CallSite): string {
  return `${site.arg(0).sql}, ${site.arg(1).sql}`;
}

function integerType(site: CallSite): SqlType {
  return commonType([site.arg(0).type, site.arg(1).type]);
}

function safeDivide(site: CallSite): Typed {
  const quotient = `bq_divide(${pair(site)}, NULL)`;
  const type = integerType(site);
  if (type.kind === "NUMERIC") return typed(`CAST(${quotient} AS DECIMAL(38, 9))`, NUMERIC);
  return typed(quotient, isNumeric(type) ? FLOAT64 : UNKNOWN);
}

const FLOAT_MACROS = { "+": "bq_float_add", "-": "bq_float_subtract", "*": "bq_float_multiply" } as const;

/** NULL where the sum, difference or product overflows. */
function safe(operator: "+" | "-" | "*"): FunctionRule {
  return {
    count: [2, 2],
    takes: ["number"],
    emit: (site) => {
      const type = integerType(site);
      if (type.kind === "FLOAT64") return typed(`${FLOAT_MACROS[operator]}(${pair(site)}, NULL)`, FLOAT64);
      const [a, b] = site.args().map(({ sql }) => (type.kind === "INT64" ? `CAST(${sql} AS BIGINT)` : sql));
      return typed(`TRY(${a} ${operator} ${b})`, type.kind === "INT64" ? INT64 : type);
    },
  };
}

/** BigQuery's GREATEST and LEAST are NULL if any argument is; DuckDB's leave NULLs out. */
function extreme(name: string): FunctionRule {
  return {
    count: [1, Infinity],
    takes: ["scalar"],
    emit: (site) => {
      const args = site.args();
      for (const other of args.slice(1)) checkComparable(site.call.at, args[0] ?? other, other);
      const sqls = args.map(({ sql }) => sql);
      const anyNull = sqls.map((sql) => `${sql} IS NULL`).join(" OR ");
      // DuckDB holds NaN for the greatest number: its LEAST would leave it out.
      const floats = name === "least" ? args.filter(({ type }) => type.kind === "FLOAT64") : [];
      const anyNaN = floats.map(({ sql }) => `isnan(${sql})`).join(" OR ");
      const orNaN = anyNaN === "" ? "" : `WHEN ${anyNaN} THEN CAST('NaN' AS DOUBLE) `;
      return typed(
        `(CASE WHEN ${anyNull} THEN NULL ${orNaN}ELSE ${name}(${sqls.join(", ")}) END)`,
        commonType(args.map(({ type }) => type)),
      );
    },
  };
}
