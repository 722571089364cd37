import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryRig, type QueryRig } from "./query-rig.js";
import { loadSampleAccount } from "./sample-account.js";

describe("names", () => {
  let rig: QueryRig;
  beforeAll(async () => {
    rig = await queryRig();
    await loadSampleAccount(rig, "TIMESTAMPTZ");
    await rig.run("CREATE SCHEMA other");
    await rig.run(
      `CREATE TABLE other.things AS SELECT 1 AS "count", {'a': 5, 'b': {'c': 'x'}} AS s, [7, 8] AS list, '{"k": [{"v": "deep"}]}'::JSON AS doc`,
    );
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    "raw_objects",
    "`raw_objects`",
    "events_dev.raw_objects",
    "`events_dev.raw_objects`",
    "`my-project.events_dev.raw_objects`",
    "`my-project`.events_dev.raw_objects",
    "my-project.events_dev.raw_objects",
    "my-project-287.events_dev.raw_objects AS r",
    "(SELECT * FROM events_dev.raw_objects)",
  ])("reads the table written as %s", async (table) => {
    expect(await rig.row(`SELECT COUNT(*) FROM ${table}`)).toEqual([19]);
  });

  it("puts NaN first, also in the order of a position", async () => {
    const rows = await rig.rows(
      "SELECT n * 1 AS m, 1 FROM UNNEST([1.5, CAST('NaN' AS FLOAT64), NULL]) AS n ORDER BY 2, 1",
    );
    expect(rows.map(({ m }) => m)).toEqual([null, "NaN", 1.5]);
  });

  it("takes a column of an outer query for what it is, also where it stands alone", async () => {
    expect(await rig.row("SELECT (SELECT n) + (SELECT MAX(m) FROM UNNEST([n, 1]) AS m) FROM (SELECT 2 AS n)")).toEqual([
      4,
    ]);
  });

  it("names columns without an alias as BigQuery does", async () => {
    const [row] = await rig.rows(
      "SELECT 1, payload.status, COUNT(*) OVER (), r.external_id, 2 AS `two words`, payload['id'] FROM raw_objects r WHERE external_id = 'in_1'",
    );
    expect(Object.keys(row ?? {})).toEqual(["f0_", "status", "f1_", "external_id", "two words", "f2_"]);
  });

  it("takes words that DuckDB reserves for names", async () => {
    expect(
      await rig.rows("SELECT count, t.count AS `order`, 1 AS desc_, 2 AS position FROM other.things AS t"),
    ).toEqual([{ count: 1, order: 1, desc_: 1, position: 2 }]);
  });

  it("takes fields of STRUCT, ARRAY and JSON in tables that it does not know", async () => {
    const row = await rig.row(
      "SELECT s.a, s.b.c, things.s.a, list[OFFSET(1)], list[0], doc.k[0].v, JSON_VALUE(doc.k[0].v), STRING(doc.k[0].v), (SELECT SUM(x) FROM UNNEST(list) AS x) FROM other.things",
    );
    expect(row).toEqual([5, "x", 5, 8, 7, '"deep"', "deep", "deep", 15]);
  });

  it("unnests an array of a table by its path, with the position of each element", async () => {
    expect(
      await rig.rows(
        "SELECT element, place FROM other.things AS t, t.list AS element WITH OFFSET AS place ORDER BY place",
      ),
    ).toEqual([
      { element: 7, place: 0 },
      { element: 8, place: 1 },
    ]);
  });

  it("makes columns of the fields of an array's STRUCTs", async () => {
    expect(
      await rig.rows(
        "SELECT *, t.a + 1 AS next, t FROM UNNEST([STRUCT(1 AS a, 'x' AS b), (2, 'y')]) AS t WITH OFFSET AS o WHERE b = 'y'",
      ),
    ).toEqual([{ a: 2, b: "y", o: 1, next: 3, t: { a: 2, b: "y" } }]);
  });

  it("expands the star of a STRUCT, a table and an element", async () => {
    expect(
      await rig.rows("SELECT s.*, x.* EXCEPT (b) FROM other.things, UNNEST([STRUCT(1 AS z, 2 AS b)]) AS x"),
    ).toEqual([{ a: 5, b: { c: "x" }, z: 1 }]);
    expect(await rig.rows("SELECT v.* REPLACE (v.p + 1 AS p) FROM (SELECT STRUCT(1 AS p, 2 AS q) AS v)")).toEqual([
      { p: 2, q: 2 },
    ]);
  });

  it("groups by an alias even where a column has its name", async () => {
    const sql =
      "SELECT DATE(created_at) AS created_at, COUNT(*) AS n FROM event_log GROUP BY created_at ORDER BY created_at";
    expect(await rig.rows(sql)).toEqual([
      { created_at: "2025-03-01", n: 3 },
      { created_at: "2025-03-02", n: 5 },
    ]);
  });

  it("lets an alias win over a column in HAVING and ORDER BY, but not in WHERE", async () => {
    const sql = `SELECT key, SUM(value) AS value FROM UNNEST([STRUCT('a' AS key, 1 AS value), ('a', 9), ('b', 20)])
                 WHERE value < 20 GROUP BY key HAVING value > 5 ORDER BY value + 0`;
    expect(await rig.rows(sql)).toEqual([{ key: "a", value: 10 }]);
  });

  it("orders a DISTINCT list by its aliases", async () => {
    expect(
      await rig.rows("SELECT DISTINCT UPPER(object_type) AS type FROM raw_objects ORDER BY type DESC LIMIT 2"),
    ).toEqual([{ type: "REFUND" }, { type: "PAYMENT_INTENT" }]);
  });

  it("lets a table of WITH hide one of the dataset, and an inner one an outer", async () => {
    const sql = `WITH raw_objects AS (SELECT external_id FROM raw_objects WHERE object_type = 'refund'), n AS (SELECT 1 AS x)
                 SELECT COUNT(*) AS refunds, (WITH n AS (SELECT 5 AS x) SELECT x FROM n) AS inner_x, (SELECT x FROM n) AS outer_x FROM raw_objects`;
    expect(await rig.rows(sql)).toEqual([{ refunds: 2, inner_x: 5, outer_x: 1 }]);
  });

  it("runs a recursive WITH", async () => {
    expect(
      await rig.row(
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT SUM(i) FROM n",
      ),
    ).toEqual([55]);
  });

  it("keeps the types of columns through subqueries, so that a field of JSON stays one", async () => {
    const sql = `WITH p AS (SELECT payload AS doc FROM (SELECT payload FROM raw_objects WHERE external_id = 'in_1'))
                 SELECT INT64(doc.total) AS total FROM p WHERE STRING(doc.status) = 'paid'`;
    expect(await rig.rows(sql)).toEqual([{ total: 10000 }]);
    await expect(rig.rows(sql.replace("STRING(doc.status)", "doc.status"))).rejects.toMatchObject({
      code: "SQL_INVALID",
    });
  });

  it("joins by USING, in brackets, and with commas", async () => {
    const sql = `SELECT id, a.x, b.y, c.z FROM (SELECT 1 AS id, 'a' AS x) a
                 LEFT JOIN ((SELECT 1 AS id, 'b' AS y) b FULL JOIN (SELECT 1 AS id, 'c' AS z) c USING (id)) USING (id), (SELECT 0)`;
    expect(await rig.rows(sql)).toEqual([{ id: 1, x: "a", y: "b", z: "c" }]);
  });

  it("hides no column behind the macros' own parameters", async () => {
    const sql = `SELECT SUBSTR(text, start - 4), JSON_VALUE(document, '$.path'), bq_item IN UNNEST(list), ARRAY_TO_STRING(list2, ',', bq_item2)
                 FROM (SELECT 'abc' AS text, 2 AS start, '{"path": 1}' AS document, 3 AS bq_item, [1, NULL] AS list, ['q', NULL] AS list2, 'n' AS bq_item2)`;
    expect(await rig.row(sql)).toEqual(["bc", "1", null, "q,n"]);
  });

  it("takes subqueries, aggregates and columns of an outer query for arguments of functions", async () => {
    const sql = `SELECT ARRAY_AGG(x ORDER BY x)[OFFSET(DIV(COUNT(*), 2))], SUM(x) IN UNNEST(ARRAY_AGG(x + 4)), SUBSTR('abc', 1 - COUNT(*)),
                        [7, 8][OFFSET((SELECT 1))], SUBSTR('abc', (SELECT -1)), INT64((SELECT JSON '5')), 2 IN UNNEST(ARRAY(SELECT 2)),
                        ARRAY_TO_STRING(['a', NULL], '+', (SELECT 'b')), SAFE.SQRT((SELECT -1))
                 FROM UNNEST([1, 2, 3]) AS x`;
    expect(await rig.row(sql)).toEqual([2, true, "bc", 8, "c", 5, true, "a+b", null]);
    const correlated = `SELECT (SELECT SUBSTR(s, p) FROM (SELECT -2 AS p)), (SELECT v IN UNNEST(l) FROM UNNEST([2]) AS v), (SELECT INT64(j.n) FROM (SELECT 1))
                        FROM (SELECT 'abc' AS s, [1, 2] AS l, JSON '{"n": 5}' AS j)`;
    expect(await rig.row(correlated)).toEqual(["bc", true, 5]);
  });

  it("generates dates between columns of a table to the left", async () => {
    const sql = `SELECT month FROM (SELECT DATE(MIN(created_at)) AS a, DATE '2025-05-15' AS b FROM event_log), UNNEST(GENERATE_DATE_ARRAY(a, b, INTERVAL 1 MONTH)) AS month ORDER BY month`;
    expect((await rig.rows(sql)).map(({ month }) => month)).toEqual(["2025-03-01", "2025-04-01", "2025-05-01"]);
  });
});
