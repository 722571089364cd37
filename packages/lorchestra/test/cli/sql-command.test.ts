import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/io.js";
import { commandLine, folder } from "./command-line.js";

const MANY = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS n";

describe("lorchestra sql", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "that is interrupted by %s amid its rows ends with its exit code, and its document is whole",
    async (name, exit) => {
      await using project = await folder();
      const interrupted = new AbortController();
      let rows = 0;
      const onOutput = (): void => {
        rows += 1;
        if (rows === 5_000) interrupted.abort(new Interruption(name));
      };
      const at = { cwd: project.path, signal: interrupted.signal };
      const asJson = await commandLine(["sql", MANY, "--json"], { ...at, onOutput });
      expect({ code: asJson.code, stderr: asJson.stderr }).toEqual({ code: exit, stderr: "" });
      const document = JSON.parse(asJson.stdout) as { rows: unknown[]; row_count: number };
      expect(document).toMatchObject({ status: "interrupted", exit_code: exit, error: null });
      expect(document.rows).toHaveLength(document.row_count);
      expect(document.row_count).toBeLessThan(1_000_000);
    },
  );

  it("that fails amid its rows ends with a whole document, and says on stderr why, as every command does", async () => {
    await using project = await folder();
    const sql = "SELECT n, IF(n > 150000, ERROR('too far'), 'x') AS x FROM UNNEST(GENERATE_ARRAY(1, 200000)) AS n";
    const { code, stdout, stderr } = await commandLine(["sql", sql, "--json"], { cwd: project.path });
    const document = JSON.parse(stdout) as { rows: unknown[]; row_count: number };
    expect({ code, ...document, rows: null }).toMatchObject({
      code: 2,
      status: "failed",
      exit_code: 2,
      error: { code: "SQL_INVALID" },
    });
    expect(document.rows).toHaveLength(document.row_count);
    expect(document.row_count).toBeGreaterThan(0);
    expect(stderr).toContain("code SQL_INVALID   exit 2");
  });

  it.each([
    ["SELECT 1 AS a, 2 AS A", "A"],
    ["SELECT * FROM (SELECT 1 AS a) AS x CROSS JOIN (SELECT 2 AS a) AS y", "a"],
  ])("refuses two columns of one name, as BigQuery does, whatever the form: %s", async (sql, name) => {
    await using project = await folder();
    for (const form of [[], ["--json"], ["--csv"]]) {
      const { code, stdout, stderr } = await commandLine(["sql", sql, ...form], { cwd: project.path });
      expect(code).toBe(2);
      expect(stdout).not.toContain('"rows"');
      expect(stderr).toContain(`two columns of the result are named \`${name}\``);
      expect(stderr).toContain("code SQL_INVALID");
    }
  });

  it.each([
    ["SELECT nope FROM events_dev.things", "there is no column `nope` (line 1, column 8)"],
    ["SELECT x\nFROM events_dev.things AS t\nWHERE t.nope = 1", "there is no column `nope` (line 3, column 9)"],
    [
      "SELECT a.x FROM events_dev.things AS a CROSS JOIN events_dev.things AS b WHERE nope",
      "`nope` (line 1, column 80)",
    ],
    ["SELECT nope FROM events_dev.things AS a, events_dev.things AS b", "no column `nope` (line 1, column 8)"],
    ["SELECT x FROM events_dev.nope", "there is no table `nope` (line 1, column 26)"],
  ])("says of a name that only the warehouse can know where it stands: %s", async (sql, says) => {
    await using project = await folder();
    const instance = await DuckDBInstance.create(join(project.path, "lorchestra.duckdb"));
    const connection = await instance.connect();
    await connection.run("CREATE SCHEMA events_dev; CREATE TABLE events_dev.things (x BIGINT)");
    connection.closeSync();
    instance.closeSync();
    const { code, stderr } = await commandLine(["sql", sql], { cwd: project.path });
    expect(code).toBe(2);
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(says);
  });
});
