/** What to write in place of functions that people reach for and that have no equal in DuckDB. */
const INSTEAD: Readonly<Record<string, string>> = {
  APPROX_TOP_COUNT: "use COUNT(*) with GROUP BY, ORDER BY and LIMIT",
  APPROX_TOP_SUM: "use SUM(...) with GROUP BY, ORDER BY and LIMIT",
  FARM_FINGERPRINT: "use SHA256(...) or TO_HEX(MD5(...))",
  JSON_SET: "build the JSON with JSON_OBJECT or TO_JSON(STRUCT(...))",
  JSON_REMOVE: "build the JSON with JSON_OBJECT or TO_JSON(STRUCT(...))",
  JSON_STRIP_NULLS: "build the JSON with JSON_OBJECT or TO_JSON(STRUCT(...))",
  SESSION_USER: "DuckDB knows no users",
  TIMESTAMP_BUCKET: "use TIMESTAMP_TRUNC",
  DATE_BUCKET: "use DATE_TRUNC",
  DATETIME_BUCKET: "use DATETIME_TRUNC",
  INITCAP: "use UPPER(SUBSTR(x, 1, 1)) || LOWER(SUBSTR(x, 2))",
  ISNULL: "use x IS NULL, or IFNULL(x, y)",
  NVL: "use IFNULL(x, y) or COALESCE(x, y)",
  NOW: "use CURRENT_TIMESTAMP()",
  DATEDIFF: "use DATE_DIFF(later, earlier, DAY)",
  DATEADD: "use DATE_ADD(date, INTERVAL n DAY)",
  TO_CHAR: "use FORMAT_DATE, FORMAT_TIMESTAMP or FORMAT",
  TO_TIMESTAMP: "use TIMESTAMP_SECONDS(...) or PARSE_TIMESTAMP(...)",
  LISTAGG: "use STRING_AGG(x, ',')",
  GROUP_CONCAT: "use STRING_AGG(x, ',')",
  STRFTIME: "use FORMAT_DATE or FORMAT_TIMESTAMP",
  YEAR: "use EXTRACT(YEAR FROM x)",
  MONTH: "use EXTRACT(MONTH FROM x)",
  DAY: "use EXTRACT(DAY FROM x)",
};

export function insteadOf(name: string): string | undefined {
  return Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined;
}
