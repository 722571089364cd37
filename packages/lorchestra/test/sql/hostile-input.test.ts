import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import { FUNCTIONS } from "../../src/sql/functions/functions.js";
import { QUERY_MACROS } from "../../src/sql/macros.js";
import { tokenize } from "../../src/sql/syntax/tokenize.js";
import { translateBigQuery } from "../../src/sql/translate.js";
import { QUESTIONS } from "./analyst-questions.js";

/** The translation, or null for a refusal; anything else is thrown. */
async function attempt(sql: string): Promise<string | null> {
  const startedAt = performance.now();
  try {
    return (await translateBigQuery(sql, { defaultDataset: "events_dev" })).sql;
  } catch (error) {
    if (!(error instanceof LorchestraError)) throw error;
    expect(["SQL_INVALID", "SQL_UNSUPPORTED"]).toContain(error.code);
    expect(error.hint).not.toBe("");
    return null;
  } finally {
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }
}

const corpus = QUESTIONS.map(({ sql }) => sql);
const pieces = [
  ...new Set(corpus.flatMap((sql) => tokenize(sql).map(({ start, end }) => sql.slice(start, end)))),
].concat(Object.keys(FUNCTIONS), [
  "(",
  ")",
  "[",
  "]",
  "ARRAY<",
  "STRUCT<",
  "'",
  '"',
  "`",
  "/*",
  "--",
  "\\",
  "@",
  "|>",
  "0x",
  ".5",
  "r'",
  "\0",
  "😀",
  "\ud800",
]);

const mutant = fc
  .record({
    sql: fc.constantFrom(...corpus),
    changes: fc.array(
      fc.record({
        at: fc.nat(),
        until: fc.nat(),
        piece: fc.constantFrom(...pieces),
        kind: fc.constantFrom("drop", "replace", "insert", "repeat"),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ sql, changes }) => changes.reduce(changed, sql));

function changed(
  sql: string,
  { at, until, piece, kind }: { at: number; until: number; piece: string; kind: string },
): string {
  let tokens: ReturnType<typeof tokenize>;
  try {
    tokens = tokenize(sql);
  } catch {
    return sql;
  }
  const token = tokens[at % tokens.length];
  const other = tokens[until % tokens.length];
  if (token === undefined || other === undefined) return sql;
  if (kind === "drop") return sql.slice(0, token.start) + sql.slice(token.end);
  if (kind === "replace") return `${sql.slice(0, token.start)}${piece} ${sql.slice(token.end)}`;
  if (kind === "insert") return `${sql.slice(0, token.start)} ${piece} ${sql.slice(token.start)}`;
  const [first, last] = token.start < other.start ? [token, other] : [other, token];
  return `${sql.slice(0, last.end)} ${sql.slice(first.start)}`;
}

describe("no input gives anything but a translation or one of the two errors", () => {
  let connection: DuckDBConnection;
  let close: () => void;
  beforeAll(async () => {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    connection = await instance.connect();
    for (const macro of QUERY_MACROS) await connection.run(macro);
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
  });
  afterAll(() => close());

  it("text of any kind", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ unit: "grapheme", maxLength: 200 })),
        async (sql) => {
          await attempt(sql);
          await attempt(`SELECT ${sql}`);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("words of SQL in any order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), async (words) => {
        await attempt(`SELECT ${words.join(" ")}`);
      }),
      { numRuns: 500 },
    );
  });

  it("queries with mistakes; and what is translated is SQL that DuckDB can read", async () => {
    let translations = 0;
    await fc.assert(
      fc.asyncProperty(mutant, async (sql) => {
        const translation = await attempt(sql);
        if (translation === null) return;
        translations += 1;
        const failure = await connection.prepare(translation).then(
          (statement) => statement.destroySync(),
          (error: unknown) => error,
        );
        expect(String(failure)).not.toMatch(/Parser Error|INTERNAL/);
      }),
      { numRuns: 1_000 },
    );
    expect(translations).toBeGreaterThan(10);
  });

  it.each([
    ["brackets", `SELECT ${"(".repeat(5_000)}1${")".repeat(5_000)}`],
    ["opening brackets", `SELECT ${"(".repeat(900_000)}`],
    ["NOTs", `SELECT ${"NOT ".repeat(50_000)}TRUE`],
    ["signs", `SELECT ${"- ".repeat(50_000)}1`],
    ["a sum", `SELECT ${"a + ".repeat(50_000)}a`],
    ["a conjunction", `SELECT ${"a AND ".repeat(20_000)}a`],
    ["fields", `SELECT a${".b".repeat(50_000)}`],
    ["elements", `SELECT a${"[0]".repeat(1_900)}`],
    ["nested calls", `SELECT ${"GREATEST(1, ".repeat(90)}1${")".repeat(90)}`],
    ["nested macros", `SELECT ${"SUBSTR(".repeat(60)}'a'${", -1)".repeat(60)}`],
    ["nested divisions", `SELECT ${"SAFE_DIVIDE(1, ".repeat(80)}1${")".repeat(80)}`],
    ["nested queries", `${"SELECT * FROM (".repeat(500)}SELECT 1${")".repeat(500)}`],
    ["nested types", `SELECT CAST(1 AS ${"ARRAY<".repeat(5_000)}INT64${">".repeat(5_000)})`],
    ["unions", Array.from({ length: 3_000 }, () => "SELECT 1").join(" UNION ALL ")],
    ["joins", `SELECT 1 FROM a${Array.from({ length: 3_000 }, (_, index) => ` CROSS JOIN t${index}`).join("")}`],
    ["a list", `SELECT a IN (${Array.from({ length: 50_000 }, () => "1").join(",")})`],
    ["comments", "/*".repeat(100_000)],
    ["a pattern", `SELECT REGEXP_EXTRACT(x, r'${"([".repeat(20_000)}')`],
    ["a format", `SELECT FORMAT('${"%d".repeat(5_000)}', 1)`],
    ["a long text", `SELECT '${"a".repeat(900_000)}'`],
    ["too long a statement", "x".repeat(1_100_000)],
  ])("%s without end", async (_what, sql) => {
    await attempt(sql);
  });
});
