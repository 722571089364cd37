import { describe, expect, it } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import { translateBigQuery } from "../../src/sql/translate.js";

async function refusal(sql: string): Promise<LorchestraError> {
  const outcome = await translateBigQuery(sql, { defaultDataset: "events_dev" }).catch((error: unknown) => error);
  if (!(outcome instanceof LorchestraError)) throw new Error(`not refused: ${String(outcome)}`);
  return outcome;
}

describe("what BigQuery refuses is SQL_INVALID, with its place", () => {
  it.each([
    ["", 1, 1, "no statement"],
    ["  -- nothing\n", 1, 1, "no statement"],
    ["SELECT 1 +", 1, 11, "the end of the statement"],
    ["SELECT a\nFROM", 2, 5, "a table"],
    ["SELECT 'é😀', FROM t WHERE", 1, 26, "an expression"],
    ["SELECT 'abc", 1, 8, "never closed"],
    ["SELECT 'a\nb'", 1, 8, "never closed"],
    ["SELECT `a", 1, 8, "never closed"],
    ["SELECT 1 /* x", 1, 10, "never closed"],
    [String.raw`SELECT '\d'`, 1, 9, "escape sequence"],
    ["SELECT 1a", 1, 8, "neither a number nor a name"],
    ["SELECT 9223372036854775808", 1, 8, "does not fit INT64"],
    ["SELECT -9223372036854775809", 1, 9, "does not fit INT64"],
    ["SELECT é", 1, 8, "means nothing"],
    ["SELECT 1 = 2 = 3", 1, 14, "cannot follow another"],
    ["SELECT 1 UNION SELECT 2", 1, 10, "ALL or DISTINCT"],
    ["SELECT 1 UNION ALL SELECT 2 EXCEPT DISTINCT SELECT 3", 1, 29, "brackets"],
    ["SELECT CAST(1 AS VARCHAR)", 1, 18, "not a type"],
    ["SELECT * FROM a JOIN b", 1, 17, "ON or USING"],
    ["SELECT * FROM a, a", 1, 16, "named `a`"],
    ["SELECT 1 ORDER BY 2", 1, 19, "no column 2"],
    ["SELECT *", 1, 8, "needs FROM"],
    ["SELECT x.b FROM (SELECT 1 AS a) AS x", 1, 10, "no column `b`"],
    ["SELECT STRUCT(1 AS a).b", 1, 23, "no field `b`"],
    ["SELECT (SELECT 1, 2)", 1, 8, "one column"],
    ["SELECT ROW_NUMBER()", 1, 8, "needs OVER"],
    ["SELECT UPPER('a') OVER ()", 1, 8, "cannot have OVER"],
    ["SELECT SUM(x) OVER w FROM t", 1, 20, "no window `w`"],
    ["SELECT JSON_VALUE(payload, 'a') FROM raw_objects", 1, 28, "begins with $"],
    ["SELECT JSON_VALUE(payload, '$..a') FROM raw_objects", 1, 28, "not valid"],
    ["SELECT DATE_TRUNC(d, 'MONTH') FROM t", 1, 22, "part of a date"],
    ["SELECT DATE_ADD(d, INTERVAL 1 HOUR) FROM t", 1, 20, "does not take HOUR"],
    ["SELECT IF(1, 2)", 1, 8, "takes 3 arguments"],
    ["SELECT INSTR('a', 'b', 1, 1, 1)", 1, 8, "not 5"],
    ["SELECT TIME(12, 30)", 1, 8, "hour, minute and second"],
    ["SELECT FORMAT('%d', 1, 2)", 1, 15, "more arguments than specifiers"],
    ["SELECT REGEXP_EXTRACT('a', r'(a)(b)')", 1, 28, "one group"],
    ["SELECT REGEXP_REPLACE('a', r'(a)', r'\\2')", 1, 36, "has no group 2"],
    ["SELECT REGEXP_REPLACE('a', 'a', r'\\x')", 1, 33, "before a digit"],
    ["WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1", 1, 23, "twice"],
    ["SELECT a FROM UNNEST(1) AS a", 1, 15, "takes an ARRAY"],
    ["SELECT [[1]]", 1, 8, "cannot hold ARRAYs"],
    ["SELECT a AS x, b AS x FROM t GROUP BY x", 1, 39, "several columns"],
    ["SELECT nope", 1, 8, "no column `nope`"],
    ["WITH a AS (SELECT 1 AS n)\nSELECT nope FROM a", 2, 8, "no column `nope`"],
    ["SELECT n FROM (SELECT 1 AS n) AS a WHERE\n  Nope = 1", 2, 3, "no column `Nope`"],
    ["SELECT n + 1 AS m FROM (SELECT 1 AS n) AS a WHERE m = 2", 1, 51, "no column `m`"],
    ["SELECT (SELECT nope FROM UNNEST([1]) AS x) FROM UNNEST([1]) AS y", 1, 16, "no column `nope`"],
    ["SELECT 1 AS a UNION ALL SELECT 2 ORDER BY b", 1, 43, "no column `b`"],
    ["SELECT DATE(TIMESTAMP '2024-01-01', 'Mars/Base')", 1, 8, "no time zone 'Mars/Base'"],
    ["SELECT TIMESTAMP('2024-01-01', 'America/Nowhere')", 1, 8, "no time zone 'America/Nowhere'"],
    ["SELECT 1 AS a UNION ALL SELECT 'x'", 1, 1, "`a` of a set operation cannot be INT64 and STRING together"],
    ["SELECT DATE '2024-01-01' UNION ALL SELECT TIMESTAMP '2024-01-01'", 1, 1, "DATE and TIMESTAMP together"],
    ["SELECT 1 UNION ALL SELECT 2, 3", 1, 1, "have 1 and 2 columns"],
    ["SELECT CASE WHEN TRUE THEN 1 ELSE 'x' END", 1, 8, "the results of CASE cannot be INT64 and STRING together"],
    ["SELECT CASE WHEN TRUE THEN '1' WHEN FALSE THEN 2 END", 1, 8, "the results of CASE cannot be INT64 and STRING"],
    ["SELECT COALESCE(NULL, 1, 'x')", 1, 8, "the arguments of COALESCE cannot be INT64 and STRING together"],
    ["SELECT COALESCE(payload, 'x') FROM raw_objects", 1, 8, "cannot be JSON and STRING together"],
    ["SELECT IF(TRUE, 1, TRUE)", 1, 8, "the results of IF cannot be INT64 and BOOL together"],
    ["SELECT IFNULL(DATE '2024-01-01', DATETIME '2024-01-01')", 1, 8, "cannot be DATE and DATETIME together"],
    ["SELECT [1] = [1]", 1, 8, "an ARRAY cannot be compared"],
    ["SELECT [1] IN ([1])", 1, 8, "an ARRAY cannot be compared"],
    ["SELECT 1 IN UNNEST(GENERATE_DATE_ARRAY('2025-01-01', '2025-01-02'))", 1, 8, "INT64 cannot be compared with DATE"],
    ["SELECT STRUCT(1) < STRUCT(2)", 1, 8, "neither greater nor less"],
    ["SELECT STRUCT(1) BETWEEN STRUCT(1) AND STRUCT(2)", 1, 8, "neither greater nor less"],
    ["SELECT STRUCT(1, 2) = STRUCT(1)", 1, 8, "of 2 fields cannot be compared with one of 1"],
    ["SELECT STRUCT(1) = STRUCT('1')", 1, 8, "INT64 cannot be compared with STRING"],
    ["SELECT STRUCT(payload) IN UNNEST([STRUCT(JSON '1')]) FROM raw_objects", 1, 8, "JSON cannot be compared"],
    ["SELECT 'a' || 1.5", 1, 15, "|| takes STRING, BYTES or ARRAY, not FLOAT64"],
    ["SELECT INTERVAL 1 DAY || 'a'", 1, 8, "|| takes STRING, BYTES or ARRAY, not INTERVAL"],
    ["SELECT payload.id || 'a' FROM raw_objects", 1, 8, "|| takes STRING, BYTES or ARRAY, not JSON"],
    ["SELECT NOT 1", 1, 12, "NOT takes BOOL, not INT64"],
    ["SELECT TRUE AND 1", 1, 17, "AND takes BOOL, not INT64"],
    ["SELECT 'a' OR FALSE", 1, 8, "OR takes BOOL, not STRING"],
  ])("%s", async (sql, line, column, text) => {
    const error = await refusal(sql);
    expect(error).toMatchObject({ code: "SQL_INVALID", remedy: "fix-usage", facts: { line, column } });
    expect(error.message).toContain(text);
    expect(error.message).toContain(`(line ${line}, column ${column})`);
    expect(error.hint).not.toBe("");
  });

  it.each([
    ["SELECT 1 FROM raw_objects WHERE payload.status = 'paid'", "JSON cannot be compared"],
    ["SELECT 1 FROM raw_objects WHERE payload.amount > 100", "JSON cannot be compared"],
    ["SELECT 1 FROM raw_objects WHERE payload.status IN ('a', 'b')", "JSON cannot be compared"],
    ["SELECT 1 FROM raw_objects WHERE payload.status LIKE 'a%'", "LIKE takes STRING"],
    ["SELECT payload.status, COUNT(*) FROM raw_objects GROUP BY 1", "cannot be JSON"],
    ["SELECT payload.status AS s, COUNT(*) FROM raw_objects GROUP BY s", "cannot be JSON"],
    ["SELECT external_id FROM raw_objects ORDER BY payload.created", "cannot be JSON"],
    ["SELECT DISTINCT payload.status FROM raw_objects", "cannot be JSON"],
    ["SELECT COUNT(DISTINCT payload.customer) FROM raw_objects", "cannot be JSON"],
    ["SELECT SUM(payload.amount) FROM raw_objects", "SUM takes"],
    ["SELECT payload.amount / 100 FROM raw_objects", "takes numbers"],
    ["SELECT CAST(payload.amount AS INT64) FROM raw_objects", "cannot be cast"],
    ["SELECT UPPER(payload.status) FROM raw_objects", "UPPER takes STRING"],
    ["SELECT x FROM raw_objects, UNNEST(payload.lines) AS x", "not JSON"],
    ["SELECT TIMESTAMP_SECONDS(JSON_VALUE(payload, '$.created')) FROM raw_objects", "takes INT64, not STRING"],
    ["SELECT 1 FROM raw_objects WHERE JSON_VALUE(payload, '$.amount') > 100", "STRING cannot be compared with INT64"],
    ["SELECT TIMESTAMP_SUB(last_seen, INTERVAL 1 MONTH) FROM raw_objects", "does not take MONTH"],
    ["SELECT DATE_ADD(last_seen, INTERVAL 1 DAY) FROM raw_objects", "takes a DATE, not a TIMESTAMP"],
    ["SELECT 1 FROM raw_objects WHERE object_type", "WHERE takes BOOL"],
  ])("traps of types in this project's tables are told, not answered wrongly: %s", async (sql, text) => {
    const error = await refusal(sql);
    expect(error.code).toBe("SQL_INVALID");
    expect(error.message).toContain(text);
  });
});

describe("what BigQuery takes and DuckDB has no equal for is SQL_UNSUPPORTED, with what to write instead", () => {
  it.each([
    ["DELETE FROM t WHERE TRUE", "DELETE", "only reads"],
    ["CREATE TABLE t AS SELECT 1", "CREATE", "only reads"],
    ["SELECT 1; SELECT 2", "second statement", "one statement"],
    ["FROM t |> WHERE x = 1", "pipe", "SELECT"],
    ["FROM t", "begins with FROM", "SELECT"],
    ["SELECT @@project_id", "system variable", "value"],
    ["SELECT @x", "parameter", "value"],
    ["SELECT SUM(x) OVER (ORDER BY x RANGE 1 PRECEDING) FROM UNNEST([1.5]) AS x", "RANGE", "NUMERIC"],
    [
      "SELECT SUM(x) OVER (w RANGE BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM UNNEST([1.5]) AS x WINDOW w AS (ORDER BY x)",
      "RANGE",
      "NUMERIC",
    ],
    ["SELECT ?", "parameter", "value"],
    ["SELECT * FROM t PIVOT (SUM(x) FOR y IN ('a'))", "PIVOT", "COUNTIF"],
    ["SELECT * FROM t UNPIVOT (x FOR y IN (a))", "UNPIVOT", "UNNEST"],
    ["SELECT * FROM t TABLESAMPLE SYSTEM (10 PERCENT)", "TABLESAMPLE", "LIMIT"],
    ["SELECT * FROM t FOR SYSTEM_TIME AS OF x", "SYSTEM_TIME", "history"],
    ["SELECT * FROM `events_dev.INFORMATION_SCHEMA.TABLES`", "INFORMATION_SCHEMA", ""],
    ["SELECT * FROM `events_dev.raw_*`", "wildcard", "UNION ALL"],
    ["SELECT * FROM ML.PREDICT(MODEL m, TABLE t)", "table function", ""],
    ["SELECT mydataset.f(1)", "user-defined function", "write out"],
    ["SELECT BANANA(1)", "BANANA", "docs/sql.md"],
    ["SELECT APPROX_TOP_COUNT(x, 3) FROM t", "APPROX_TOP_COUNT", "GROUP BY"],
    ["SELECT NOW()", "NOW", "CURRENT_TIMESTAMP"],
    ["SELECT NET.HOST('x')", "NET.HOST", ""],
    ["SELECT CAST(x AS STRING FORMAT 'YYYY') FROM t", "FORMAT", "FORMAT_TIMESTAMP"],
    ["SELECT BIGNUMERIC '1'", "BIGNUMERIC", "NUMERIC"],
    ["SELECT ARRAY_FILTER([1], x -> x > 0)", "lambda", "UNNEST"],
    ["SELECT JSON_VALUE(payload, CONCAT('$.', 'a')) FROM raw_objects", "expression here", "string literal"],
    ["SELECT FORMAT_DATE('%J', DATE '2025-01-01')", "format element %J", "%Y"],
    ["SELECT TO_JSON_STRING(1, TRUE)", "pretty_print", ""],
    ["SELECT INTERVAL '1-2' YEAR TO MONTH", "INTERVAL", "one unit"],
    ["SELECT TO_JSON_STRING(STRUCT(INTERVAL 1 DAY))", "JSON of an INTERVAL", "CAST"],
    ["SELECT a FROM t ORDER BY a COLLATE 'und:ci'", "COLLATE", "LOWER"],
    ["SELECT INSTR('a', 'b', -1)", "INSTR with 3 arguments", ""],
    ["SELECT FORMAT('%.3d', 5)", "FORMAT: %d with a precision", "%05d"],
    ['SELECT FORMAT("%\'x", 12345678)', "FORMAT: %'x", "leave out"],
    ["SELECT SAFE.EDIT_DISTANCE('a', 'b')", "SAFE.EDIT_DISTANCE", "SAFE"],
    ["SELECT REGEXP_EXTRACT_ALL('aabca', 'a*')", "an empty text fits", "+"],
    ["SELECT REGEXP_EXTRACT('aabca', 'a*', 1, 2)", "an empty text fits", "+"],
    ["SELECT ROUND(2.5, 0, 'ROUND_HALF_EVEN')", "ROUND with 3 arguments", ""],
    ["SELECT DATETIME_TRUNC(TIMESTAMP '2025-01-01', DAY, 'America/Toronto')", "DATETIME_TRUNC with 3 arguments", ""],
    ["SELECT 1 LIMIT 1 + 1", "", ""],
    ["SELECT 'a\\x00b'", "NUL", ""],
  ])("%s", async (sql, what, instead) => {
    const error = await refusal(sql);
    expect(["SQL_UNSUPPORTED", "SQL_INVALID"]).toContain(error.code);
    if (what !== "") expect(error).toMatchObject({ code: "SQL_UNSUPPORTED" });
    expect(error.message).toContain(what);
    expect(error.hint).toContain(instead);
  });
});
