import { quoteText } from "../emit/quote.js";
import { arrayOf, BOOL, FLOAT64, INT64, STRING, type SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { refuseJson } from "../emit/comparable.js";
import { invalid, unsupported } from "../sql-problem.js";
import type { CallSite, Family, FunctionRule, Rules } from "./function-rule.js";

/** Aggregate functions (https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions). */
export const AGGREGATE_FUNCTIONS: Rules = {
  COUNT: { count: [1, 1], group: "aggregate", emit: count },
  COUNTIF: {
    count: [1, 1],
    takes: ["bool"],
    group: "aggregate",
    emit: (site) =>
      // Of no TRUE at all it is 0, where DuckDB has NULL for no rows and for NULLs alone.
      typed(`CAST(coalesce(${site.over(`count_if(${distinct(site)}${site.arg(0).sql})`)}, 0) AS BIGINT)`, INT64),
  },
  SUM: { count: [1, 1], takes: ["number"], group: "aggregate", emit: sum },
  AVG: { count: [1, 1], takes: ["number"], group: "aggregate", emit: average },
  MIN: { count: [1, 1], takes: ["scalar"], group: "aggregate", emit: minimum },
  MAX: aggregate("max", (argument) => argument, "scalar"),
  ANY_VALUE: { count: [1, 1], group: "aggregate", emit: anyValue },
  MAX_BY: {
    count: [2, 2],
    takes: ["any", "scalar"],
    group: "aggregate",
    emit: (site) => typed(site.over(`arg_max_null(${site.arg(0).sql}, ${site.arg(1).sql})`), site.arg(0).type),
  },
  MIN_BY: {
    count: [2, 2],
    takes: ["any", "scalar"],
    group: "aggregate",
    emit: (site) => typed(site.over(`arg_min_null(${site.arg(0).sql}, ${site.arg(1).sql})`), site.arg(0).type),
  },
  LOGICAL_AND: aggregate("bool_and", () => BOOL, "bool"),
  LOGICAL_OR: aggregate("bool_or", () => BOOL, "bool"),
  BIT_AND: aggregate("bit_and", () => INT64, "integer"),
  BIT_OR: aggregate("bit_or", () => INT64, "integer"),
  BIT_XOR: aggregate("bit_xor", () => INT64, "integer"),
  STDDEV: aggregate("stddev_samp", () => FLOAT64, "number"),
  STDDEV_SAMP: aggregate("stddev_samp", () => FLOAT64, "number"),
  STDDEV_POP: aggregate("stddev_pop", () => FLOAT64, "number"),
  VARIANCE: aggregate("var_samp", () => FLOAT64, "number"),
  VAR_SAMP: aggregate("var_samp", () => FLOAT64, "number"),
  VAR_POP: aggregate("var_pop", () => FLOAT64, "number"),
  CORR: aggregate("corr", () => FLOAT64, "number", 2),
  COVAR_POP: aggregate("covar_pop", () => FLOAT64, "number", 2),
  COVAR_SAMP: aggregate("covar_samp", () => FLOAT64, "number", 2),
  APPROX_COUNT_DISTINCT: {
    count: [1, 1],
    takes: ["scalar"],
    group: "aggregate",
    emit: (site) => typed(site.over(`count(DISTINCT ${site.arg(0).sql})`), INT64),
  },
  APPROX_QUANTILES: { count: [2, 2], takes: ["scalar", "integer"], group: "aggregate", emit: quantiles },
  ARRAY_AGG: {
    count: [1, 1],
    group: "aggregate",
    emit: (site) => typed(list(site, site.arg(0).sql), arrayOf(site.arg(0).type)),
  },
  ARRAY_CONCAT_AGG: {
    count: [1, 1],
    takes: ["array"],
    group: "aggregate",
    emit: (site) => typed(`flatten(${list(site, site.arg(0).sql, "without NULLs")})`, site.arg(0).type),
  },
  STRING_AGG: { count: [1, 2], takes: ["text"], group: "aggregate", emit: stringAgg },
  GROUPING: {
    count: [1, 1],
    group: "aggregate",
    emit: (site) => typed(`CAST(grouping(${site.arg(0).sql}) AS BIGINT)`, INT64),
  },
};

function distinct(site: CallSite): string {
  if (site.call.orderBy.length > 0 || site.call.limit !== null || site.call.having !== null) {
    throw invalid(site.call.at, `${site.call.name} takes no ORDER BY, LIMIT or HAVING`, "use ARRAY_AGG or STRING_AGG");
  }
  if (!site.call.distinct) return "";
  refuseJson(site.call.at, site.arg(0), `what ${site.call.name} counts DISTINCT`);
  return "DISTINCT ";
}

function aggregate(name: string, type: (argument: SqlType) => SqlType, family: Family, arity: 1 | 2 = 1): FunctionRule {
  return {
    count: [arity, arity],
    takes: [family],
    group: "aggregate",
    emit: (site) =>
      typed(
        site.over(
          `${name}(${distinct(site)}${site
            .args()
            .map(({ sql }) => sql)
            .join(", ")})`,
        ),
        type(site.arg(0).type),
      ),
  };
}

function count(site: CallSite): Typed {
  return typed(site.over(site.call.star ? "count(*)" : `count(${distinct(site)}${site.arg(0).sql})`), INT64);
}

/** DuckDB sums integers in 128 bits; BigQuery's sum is an INT64, or an error. */
function sum(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  const total = site.over(`sum(${distinct(site)}${sql})`);
  if (type.kind === "FLOAT64") return typed(finiteUnless(site, total), type);
  return typed(type.kind === "INT64" ? `CAST(${total} AS BIGINT)` : total, type);
}

/** A sum of finite numbers that overflows is an error; one with an infinite number is infinite. */
function finiteUnless(site: CallSite, total: string): string {
  const isInfinite = site.over(`bool_or(isinf(${site.arg(0).sql}))`);
  return `(CASE WHEN isinf(${total}) AND NOT ${isInfinite} THEN ${site.failure("the result is too large for a FLOAT64")} ELSE ${total} END)`;
}

/** NaN where there is one; DuckDB holds it for the greatest. */
function minimum(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  const least = site.over(`min(${distinct(site)}${sql})`);
  if (type.kind !== "FLOAT64") return typed(least, type);
  return typed(`(CASE WHEN ${site.over(`bool_or(isnan(${sql}))`)} THEN CAST('NaN' AS DOUBLE) ELSE ${least} END)`, type);
}

function average(site: CallSite): Typed {
  const { sql, type } = site.arg(0);
  const mean = site.over(`avg(${distinct(site)}${sql})`);
  if (type.kind === "FLOAT64") return typed(finiteUnless(site, mean), type);
  return type.kind === "NUMERIC" ? typed(`CAST(${mean} AS DECIMAL(38, 9))`, type) : typed(mean, FLOAT64);
}

function anyValue(site: CallSite): Typed {
  const { having } = site.call;
  const { sql, type } = site.arg(0);
  if (having === null) return typed(site.over(`any_value(${sql})`), type);
  const by = site.emitter.expression(having.by, site.scope);
  return typed(site.over(`${having.extreme === "MAX" ? "arg_max_null" : "arg_min_null"}(${sql}, ${by.sql})`), type);
}

/** The exact quantiles, where BigQuery's may be near them: the least, `number - 1` between, and the greatest. */
function quantiles(site: CallSite): Typed {
  const number = site.number(1);
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw invalid(site.call.at, "APPROX_QUANTILES takes a number from 1 to 10000");
  const fractions = Array.from({ length: number + 1 }, (_, index) => String(index / number));
  return typed(
    site.over(`quantile_disc(${distinct(site)}${site.arg(0).sql}, [${fractions.join(", ")}])`),
    arrayOf(site.arg(0).type),
  );
}

/** `list(…)` with DISTINCT, ORDER BY, IGNORE NULLS and LIMIT, which counts no NULL that is left out. */
function list(site: CallSite, element: string, kept: "with NULLs" | "without NULLs" = "with NULLs"): string {
  const { call, emitter, scope } = site;
  if (call.distinct) refuseJson(call.at, site.arg(0), `what ${call.name} collects DISTINCT`);
  if (call.having !== null) throw unsupported(call.at, `${call.name} with HAVING`, "use ORDER BY and LIMIT");
  const order = call.orderBy.length === 0 ? "" : ` ${emitter.orderBy(call.orderBy, scope)}`;
  const filter = call.nulls === "IGNORE" || kept === "without NULLs" ? ` FILTER (WHERE ${element} IS NOT NULL)` : "";
  const collected = site.over(`list(${call.distinct ? "DISTINCT " : ""}${element}${order})${filter}`);
  if (call.limit === null) return collected;
  if (call.limit.kind !== "integer") throw unsupported(call.limit.at, "LIMIT with an expression", "write a number");
  return `list_slice(${collected}, 1, ${Number(call.limit.text)})`;
}

function stringAgg(site: CallSite): Typed {
  const { call, emitter, scope } = site;
  const separator = site.length === 2 ? site.text(1) : ",";
  if (call.nulls !== null || call.having !== null)
    throw invalid(call.at, "STRING_AGG takes neither IGNORE NULLS nor HAVING", "it leaves NULLs out anyway");
  if (call.limit !== null)
    return typed(`array_to_string(${list(site, site.arg(0).sql, "without NULLs")}, ${quoteText(separator)})`, STRING);
  const order = call.orderBy.length === 0 ? "" : ` ${emitter.orderBy(call.orderBy, scope)}`;
  return typed(
    site.over(`string_agg(${call.distinct ? "DISTINCT " : ""}${site.arg(0).sql}, ${quoteText(separator)}${order})`),
    STRING,
  );
}
