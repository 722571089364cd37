import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryRig, type QueryRig } from "./query-rig.js";

describe("queries", () => {
  let rig: QueryRig;
  beforeAll(async () => {
    rig = await queryRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    ["SELECT 1 / 0", "division by zero"],
    ["SELECT MOD(1, 0)", "division by zero"],
    ["SELECT CAST('12.5' AS INT64)", "not an INT64"],
    ["SELECT CAST('yes' AS BOOL)", "not a BOOL"],
    ["SELECT INT64(JSON '10.1')", "not an integer"],
    ["SELECT STRING(JSON 'null')", "not a string"],
    ["SELECT SPLIT('a', '@')[OFFSET(1)]", "no element at that position"],
    ["SELECT PARSE_JSON('{')", "not JSON"],
    ["SELECT SUBSTR('a', 1, -1)", "length is negative"],
    ["SELECT LEFT('abc', -1)", "length is negative"],
    ["SELECT RIGHT('abc', -1)", "length is negative"],
    ["SELECT REPEAT('a', -1)", "length is negative"],
    ["SELECT LPAD('a', -1)", "length is negative"],
    ["SELECT RPAD('a', x) FROM UNNEST([1, -1]) AS x", "length is negative"],
    ["SELECT GENERATE_ARRAY(1, 10, 0)", "step is 0"],
    ["SELECT GENERATE_DATE_ARRAY('2025-01-01', '2025-01-05', INTERVAL 0 DAY)", "step is 0"],
    ["SELECT GENERATE_TIMESTAMP_ARRAY(TIMESTAMP '2025-01-01', TIMESTAMP '2025-01-05', INTERVAL 0 HOUR)", "step is 0"],
    ["SELECT ARRAY_FIRST(ARRAY<INT64>[])", "array is empty"],
    ["SELECT ERROR('stop here')", "stop here"],
    ["SELECT 1 >> -1", "a shift by a negative number"],
    ["SELECT 1 << n FROM UNNEST([-1]) AS n", "a shift by a negative number"],
    ["SELECT SUM(n) FROM UNNEST([9223372036854775807, 1]) AS n", "out of range"],
    ["SELECT SUM(n) OVER () FROM UNNEST([9223372036854775807, 1]) AS n", "out of range"],
    ["SELECT 9223372036854775807 + 1", "Overflow"],
    ["SELECT 1e308 * 10", "too large for a FLOAT64"],
    ["SELECT n * 1.5 FROM UNNEST([1.7e308]) AS n", "too large for a FLOAT64"],
    ["SELECT 1e308 + 1e308", "too large for a FLOAT64"],
    ["SELECT -1e308 - 1e308", "too large for a FLOAT64"],
    ["SELECT 1e308 / 0.1", "too large for a FLOAT64"],
    ["SELECT 1.5 / 0.0", "division by zero"],
    ["SELECT TIMESTAMP_SECONDS(1000000000000)", "outside of the years 1 to 9999"],
    ["SELECT TIMESTAMP_MICROS(-62135596800000001)", "outside of the years 1 to 9999"],
    ["SELECT FORMAT('%x', -1)", "FORMAT: a negative number"],
    ["SELECT ASCII('â')", "ASCII: the text begins with no ASCII character"],
    ["SELECT CHR(-1)", "CHR: no character has this code"],
    ["SELECT CHR(n) FROM UNNEST([65, 55296]) AS n", "CHR: no character has this code"],
    ["SELECT REGEXP_EXTRACT('abc', 'b', 0)", "REGEXP_EXTRACT: the position is not positive"],
    ["SELECT REGEXP_SUBSTR('abc', 'b', -2)", "REGEXP_SUBSTR: the position is not positive"],
    ["SELECT REGEXP_EXTRACT('abc', 'b', 1, 0)", "REGEXP_EXTRACT: the occurrence is not positive"],
    ["SELECT EXP(1000)", "EXP: the result is too large for a FLOAT64"],
    ["SELECT POW(10, 400)", "POW: the result is too large for a FLOAT64"],
    ["SELECT SUM(n) FROM UNNEST([1e308, 1e308]) AS n", "SUM: the result is too large for a FLOAT64"],
    ["SELECT SUM(n) OVER () FROM UNNEST([1e308, 1e308]) AS n", "SUM: the result is too large for a FLOAT64"],
    ["SELECT AVG(n) FROM UNNEST([1e308, 1e308]) AS n", "AVG: the result is too large for a FLOAT64"],
    ["SELECT DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", "outside of the years 1 to 9999"],
    ["SELECT DATE_SUB(DATE '0001-01-01', INTERVAL 1 DAY)", "outside of the years 1 to 9999"],
    ["SELECT DATE '9999-12-31' + 1", "outside of the years 1 to 9999"],
    ["SELECT DATE '9999-12-31' + INTERVAL 1 DAY", "outside of the years 1 to 9999"],
    ["SELECT DATETIME_ADD(DATETIME '9999-12-31 23:59:59', INTERVAL 1 SECOND)", "outside of the years 1 to 9999"],
    ["SELECT TIMESTAMP_ADD(TIMESTAMP '9999-12-31 23:00:00', INTERVAL 2 HOUR)", "outside of the years 1 to 9999"],
  ])("%s fails with a reason, as it does in BigQuery", async (sql, reason) => {
    await expect(rig.rows(sql)).rejects.toThrow(reason);
  });

  it("EDIT_DISTANCE of a text that is not ASCII fails: DuckDB counts its bytes", async () => {
    await expect(rig.rows("SELECT EDIT_DISTANCE('é', 'e')")).rejects.toThrow("only texts of ASCII characters");
  });

  it.each([
    "SUM(n) * 1.13 > n",
    "n * n > 1",
    "SUM(n) / n > 0.5",
    "POW(n, SUM(n)) > 1",
    "SAFE.POW(10, 400 * SUM(n)) IS NULL",
    "1 << COUNT(*) > 1",
    "COUNT(*) IN UNNEST(GENERATE_ARRAY(1, COUNT(*)))",
    "[1, 2][OFFSET(COUNT(*))] = 2",
    "SUBSTR(name, COUNT(*), COUNT(*)) = 'a'",
    "TIMESTAMP(MAX(moment), 'America/Toronto') > TIMESTAMP(moment, 'America/Toronto') OR COUNT(*) = 1",
    "ARRAY_LENGTH(GENERATE_DATE_ARRAY(DATE(moment), DATE(MAX(moment)), INTERVAL 1 MONTH)) = 1",
    "ARRAY_TO_STRING([name, NULL], '-', 'none') = 'abc-none'",
  ])("HAVING takes %s, as SELECT does", async (condition) => {
    const from =
      "FROM (SELECT 'abc' AS name, 2.5 AS n, DATETIME '2025-01-01 10:00:00' AS moment) GROUP BY name, n, moment";
    expect(await rig.rows(`SELECT name, ${condition} AS is_so ${from}`)).toEqual([{ name: "abc", is_so: true }]);
    expect(await rig.rows(`SELECT name ${from} HAVING ${condition}`)).toEqual([{ name: "abc" }]);
  });

  it("aggregates as BigQuery does", async () => {
    const row = await rig.row(`
      SELECT COUNT(*), COUNT(x), COUNT(DISTINCT x), COUNTIF(x > 1), SUM(x), AVG(x), MIN(x), MAX(x), ANY_VALUE(x HAVING MIN x),
             MAX_BY(y, x), LOGICAL_OR(x > 2), LOGICAL_AND(x > 2), APPROX_COUNT_DISTINCT(x),
             ARRAY_AGG(x IGNORE NULLS ORDER BY x DESC LIMIT 2), ARRAY_AGG(DISTINCT y ORDER BY y),
             STRING_AGG(y, '|' ORDER BY y DESC), STRING_AGG(DISTINCT y ORDER BY y LIMIT 1),
             APPROX_QUANTILES(x, 2), STDDEV_POP(x), SUM(NUMERIC '0.1')
      FROM UNNEST([STRUCT(3 AS x, 'a' AS y), (1, 'b'), (2, 'b'), (NULL, 'c')])`);
    const spread = expect.closeTo(0.8164965809277, 12) as number;
    expect(row).toEqual([
      4,
      3,
      3,
      2,
      6,
      2,
      1,
      3,
      1,
      "a",
      true,
      false,
      3,
      [3, 2],
      ["a", "b", "c"],
      "c|b|b|a",
      "a",
      [1, 2, 3],
      spread,
      0.4,
    ]);
  });

  it("counts no NULL that an aggregate leaves out into its LIMIT", async () => {
    const row = await rig.row(`
      SELECT STRING_AGG(y, '|' ORDER BY y LIMIT 2), ARRAY_CONCAT_AGG(z ORDER BY x LIMIT 2)
      FROM (SELECT 1 AS x, 'a' AS y, [1, 2] AS z UNION ALL SELECT 2, NULL, NULL UNION ALL SELECT 3, 'b', [3])`);
    expect(row).toEqual(["a|b", [1, 2, 3]]);
  });

  it("numbers and navigates rows in windows as BigQuery does", async () => {
    const rows = await rig.rows(`
      SELECT x, ROW_NUMBER() OVER (ORDER BY x DESC) AS n, DENSE_RANK() OVER w AS r, LAG(x, 1, -1) OVER w AS before,
             FIRST_VALUE(x IGNORE NULLS) OVER (ORDER BY x DESC ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) AS f,
             SUM(x) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s, PERCENTILE_DISC(x, 0.5) OVER () AS p
      FROM UNNEST([2, NULL, 1, 2]) AS x WINDOW w AS (ORDER BY x) ORDER BY x, n`);
    expect(rows).toEqual([
      { x: null, n: 4, r: 1, before: -1, f: 1, s: null, p: 2 },
      { x: 1, n: 3, r: 2, before: null, f: 2, s: 1, p: 2 },
      { x: 2, n: expect.any(Number), r: 3, before: expect.any(Number), f: 2, s: expect.any(Number), p: 2 },
      { x: 2, n: expect.any(Number), r: 3, before: expect.any(Number), f: 2, s: expect.any(Number), p: 2 },
    ]);
  });
});
