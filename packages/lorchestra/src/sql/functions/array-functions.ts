import { arrayOf, INT64, STRING, UNKNOWN, type SqlType } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { unsupported } from "../sql-problem.js";
import { written, type CallSite, type Rules } from "./function-rule.js";

/** Functions on arrays (https://cloud.google.com/bigquery/docs/reference/standard-sql/array_functions). */
export const ARRAY_FUNCTIONS: Rules = {
  ARRAY_LENGTH: written(INT64, [1, 1], ["array"], (array) => `len(${array})`),
  ARRAY_REVERSE: {
    count: [1, 1],
    takes: ["array"],
    emit: (site) => typed(`list_reverse(${site.arg(0).sql})`, site.arg(0).type),
  },
  ARRAY_FIRST: {
    count: [1, 1],
    takes: ["array"],
    emit: (site) => typed(`bq_offset(${site.arg(0).sql}, 0, ${site.failure("the array is empty")})`, elementType(site)),
  },
  ARRAY_LAST: {
    count: [1, 1],
    takes: ["array"],
    emit: (site) => typed(`bq_last(${site.arg(0).sql}, ${site.failure("the array is empty")})`, elementType(site)),
  },
  ARRAY_CONCAT: {
    count: [1, Infinity],
    takes: ["array"],
    emit: (site) =>
      typed(
        `(${site
          .args()
          .map(({ sql }) => sql)
          .join(" || ")})`,
        site.arg(0).type,
      ),
  },
  ARRAY_TO_STRING: { count: [2, 3], takes: ["array", "string"], emit: toText },
  GENERATE_ARRAY: { count: [2, 3], takes: ["number"], emit: generate },
};

function elementType(site: CallSite): SqlType {
  const { type } = site.arg(0);
  return type.kind === "ARRAY" ? type.element : UNKNOWN;
}

/** NULL elements are left out, or written as the third argument says. */
function toText(site: CallSite): Typed {
  const [array, separator] = [site.arg(0).sql, site.arg(1).sql];
  if (site.length === 2) return typed(`array_to_string(${array}, ${separator})`, STRING);
  return typed(`array_to_string(bq_texts(${array}, ${site.arg(2).sql}), ${separator})`, STRING);
}

function generate(site: CallSite): Typed {
  const args = site.args();
  if (args.some(({ type }) => type.kind === "FLOAT64" || type.kind === "NUMERIC"))
    throw unsupported(site.call.at, "GENERATE_ARRAY of fractions", "generate integers and divide them");
  const [from, to, step] = args.map(({ sql }) => `CAST(${sql} AS BIGINT)`);
  const by = step === undefined ? [] : [`bq_step(${step}, 0, ${site.failure("the step is 0")})`];
  return typed(`generate_series(${[from, to, ...by].join(", ")})`, arrayOf(INT64));
}
