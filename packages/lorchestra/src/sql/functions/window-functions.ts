import { FLOAT64, INT64, type SqlType } from "../emit/sql-type.js";
import { typed } from "../emit/typed.js";
import { unsupported } from "../sql-problem.js";
import type { FunctionRule, Rules } from "./function-rule.js";

/** Numbering and navigation functions, all of which need OVER. */
export const WINDOW_FUNCTIONS: Rules = {
  ROW_NUMBER: numbering("row_number", INT64),
  RANK: numbering("rank", INT64),
  DENSE_RANK: numbering("dense_rank", INT64),
  PERCENT_RANK: numbering("percent_rank", FLOAT64),
  CUME_DIST: numbering("cume_dist", FLOAT64),
  NTILE: {
    count: [1, 1],
    takes: ["integer"],
    group: "window",
    emit: (site) => typed(site.over(`ntile(${site.arg(0).sql})`), INT64),
  },
  LAG: navigation("lag", [1, 3]),
  LEAD: navigation("lead", [1, 3]),
  FIRST_VALUE: navigation("first_value", [1, 1]),
  LAST_VALUE: navigation("last_value", [1, 1]),
  NTH_VALUE: navigation("nth_value", [2, 2]),
  PERCENTILE_CONT: percentile("quantile_cont"),
  PERCENTILE_DISC: percentile("quantile_disc"),
};

function numbering(name: string, type: SqlType): FunctionRule {
  return { count: [0, 0], group: "window", emit: (site) => typed(site.over(`${name}()`), type) };
}

function navigation(name: string, count: FunctionRule["count"]): FunctionRule {
  return {
    count,
    group: "window",
    emit: (site) => {
      const { nulls } = site.call;
      const args = site.args().map(({ sql }) => sql);
      return typed(
        site.over(`${name}(${args.join(", ")}${nulls === null ? "" : ` ${nulls} NULLS`})`),
        site.arg(0).type,
      );
    },
  };
}

/** `PERCENTILE_CONT(x, 0.5) OVER (PARTITION BY …)`: NULLs are left out, as they are by default in BigQuery. */
function percentile(name: string): FunctionRule {
  return {
    count: [2, 2],
    takes: ["number", "number"],
    group: "window",
    emit: (site) => {
      if (site.call.nulls === "RESPECT")
        throw unsupported(site.call.at, `${site.call.name} with RESPECT NULLS`, "leave it out");
      return typed(
        site.over(`${name}(${site.arg(0).sql}, ${site.number(1)})`),
        name === "quantile_cont" ? FLOAT64 : site.arg(0).type,
      );
    },
  };
}
