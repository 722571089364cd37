import { checkComparable, checkSupertype } from "../emit/comparable.js";
import { nullIfEqual } from "../emit/compare.js";
import { commonType, UNKNOWN } from "../emit/sql-type.js";
import { typed } from "../emit/typed.js";
import type { Rules } from "./function-rule.js";

/** Conditional expressions that are written as functions, and ERROR. */
export const CONDITIONAL_FUNCTIONS: Rules = {
  IF: {
    count: [3, 3],
    takes: ["bool", "any"],
    emit: (site) => {
      const [condition, then, otherwise] = [site.arg(0), site.arg(1), site.arg(2)];
      checkSupertype(site.call.at, "the results of IF", [then, otherwise]);
      return typed(
        `(CASE WHEN ${condition.sql} THEN ${then.sql} ELSE ${otherwise.sql} END)`,
        commonType([then.type, otherwise.type]),
      );
    },
  },
  IFNULL: {
    count: [2, 2],
    emit: (site) => {
      checkSupertype(site.call.at, "the arguments of IFNULL", site.args());
      return typed(
        `coalesce(${site.arg(0).sql}, ${site.arg(1).sql})`,
        commonType([site.arg(0).type, site.arg(1).type]),
      );
    },
  },
  COALESCE: {
    count: [1, Infinity],
    emit: (site) => {
      const args = site.args();
      checkSupertype(site.call.at, "the arguments of COALESCE", args);
      return typed(`coalesce(${args.map(({ sql }) => sql).join(", ")})`, commonType(args.map(({ type }) => type)));
    },
  },
  NULLIF: {
    count: [2, 2],
    emit: (site) => {
      checkComparable(site.call.at, site.arg(0), site.arg(1));
      return typed(nullIfEqual(site.arg(0), site.arg(1)), site.arg(0).type);
    },
  },
  ERROR: { count: [1, 1], takes: ["string"], emit: (site) => typed(`error(${site.arg(0).sql})`, UNKNOWN) },
};
