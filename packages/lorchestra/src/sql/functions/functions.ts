import { AGGREGATE_FUNCTIONS } from "./aggregate-functions.js";
import { ARRAY_FUNCTIONS } from "./array-functions.js";
import { CONDITIONAL_FUNCTIONS } from "./conditional-functions.js";
import { DATE_FUNCTIONS } from "./date-functions.js";
import type { Rules } from "./function-rule.js";
import { JSON_FUNCTIONS } from "./json-functions.js";
import { MATH_FUNCTIONS } from "./math-functions.js";
import { REGEXP_FUNCTIONS } from "./regexp-functions.js";
import { STRING_FUNCTIONS } from "./string-functions.js";
import { TIMESTAMP_FUNCTIONS } from "./timestamp-functions.js";
import { WINDOW_FUNCTIONS } from "./window-functions.js";

/** Every function of BigQuery that is covered, by its name in upper case. */
export const FUNCTIONS: Rules = {
  ...AGGREGATE_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...CONDITIONAL_FUNCTIONS,
  ...DATE_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...REGEXP_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...TIMESTAMP_FUNCTIONS,
  ...WINDOW_FUNCTIONS,
};
