import { describe, expect, it } from "vitest";
import { parseProject } from "../../src/config/parse-project.js";
import { projectTemplate } from "../../src/config/project-template.js";

const problemsOf = (text: string): string[] =>
  parseProject(text, "lorchestra.yaml").problems.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );

const CONNECTION = `connections:
  stripe-mensio:
    provider: stripe
    api_key_env: STRIPE_API_KEY
`;

describe("parseProject", () => {
  it("reads every setting", () => {
    const text = `# all of them
warehouse: bigquery://my-project/events_dev?location=northamerica-northeast1
warehouse_options: { maximum_bytes_billed: 1000000000, memory_limit: 1GB }
connections:
  stripe-mensio:
    identity: stripe:mensio
    provider: stripe
    description: Mensio Mental Health - Stripe
    api_key_env: STRIPE_API_KEY
    api_version: 2026-10-28.endive
    max_rate: 50%
    attempt_timeout_s: 5
    request_timeout_s: 30.5
  stripe-other: { provider: stripe, api_key_env: OTHER_KEY, max_rate: 12.5 }
jobs: [./jobs/count.js]
sweep_days: 14
`;
    expect(parseProject(text, "lorchestra.yaml")).toEqual({
      problems: [],
      project: {
        warehouse: "bigquery://my-project/events_dev?location=northamerica-northeast1",
        warehouseOptions: { maximum_bytes_billed: 1_000_000_000, memory_limit: "1GB" },
        connections: [
          {
            name: "stripe-mensio",
            identity: "stripe:mensio",
            provider: "stripe",
            description: "Mensio Mental Health - Stripe",
            apiKeyEnv: "STRIPE_API_KEY",
            apiVersion: "2026-10-28.endive",
            maxRate: "50%",
            attemptTimeoutMs: 5_000,
            requestTimeoutMs: 30_500,
          },
          {
            name: "stripe-other",
            identity: "stripe:stripe-other",
            provider: "stripe",
            description: "",
            apiKeyEnv: "OTHER_KEY",
            apiVersion: null,
            maxRate: 12.5,
            attemptTimeoutMs: null,
            requestTimeoutMs: null,
          },
        ],
        jobModules: ["./jobs/count.js"],
        sweepDays: 14,
      },
    });
  });

  it.each(["", "# only a comment\n", "---\n", "{}"])("takes %j for a file without settings", (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it("collects all problems, each with its place and what to write instead", () => {
    const text = `warehose: duckdb:./x.duckdb
warehouse: duckbd:./x.duckdb
connections:
  "a:b":
    provider: stripe
    api_key_env: A
  stripe-mensio:
    provider: strip
    api_key: sk_live_51Secret
    api_version: latest
    max_rate: 0
jobs: ./one.js
sweep_days: 400
`;
    expect(problemsOf(text)).toEqual([
      '1:1 warehose: no such setting; did you mean "warehouse"?',
      "12:7 jobs: expected a list of modules, such as ./jobs/count.js",
      "13:13 sweep_days: expected a whole number of days from 1 to 365",
      '2:12 warehouse: "duckbd:" is no warehouse; did you mean "duckdb:"?',
      "4:3 connections.a:b: a connection's name is made of letters, digits, '-', '_' and '.'",
      "9:14 connections.stripe-mensio.api_key: a key must not stand here: write api_key_env and put the key into the environment or into .env",
      "8:5 connections.stripe-mensio.api_key_env: is missing: expected the NAME of an environment variable, such as STRIPE_API_KEY",
      "10:18 connections.stripe-mensio.api_version: expected a version of Stripe's API, such as 2026-10-28.endive",
      "11:15 connections.stripe-mensio.max_rate: expected requests a second, or a share of the limit such as 80%",
      '8:15 connections.stripe-mensio.provider: no such provider; did you mean "stripe"?',
    ]);
  });

  it("tells what else is wrong with a connection whose name cannot be used", () => {
    expect(problemsOf("connections:\n  a b:\n    provider: square\n")).toEqual([
      "2:3 connections.a b: a connection's name is made of letters, digits, '-', '_' and '.'",
      "3:5 connections.a b.api_key_env: is missing: expected the NAME of an environment variable, such as STRIPE_API_KEY",
      "3:15 connections.a b.provider: no such provider; there are: stripe",
    ]);
  });

  it("tells an option that no warehouse has, and a value that its warehouse does not take", () => {
    const text = `warehouse: bigquery://my-project/events_dev
warehouse_options:
  maximum_byte_billed: 3
  memory_limt: 1GB
  maximum_bytes_billed: 10 GB
  memory_limit: 512
`;
    expect(problemsOf(text)).toEqual([
      '3:3 warehouse_options.maximum_byte_billed: no such setting; did you mean "maximum_bytes_billed"?',
      '4:3 warehouse_options.memory_limt: no such setting; did you mean "memory_limit"?',
      "6:17 warehouse_options.memory_limit: expected an amount of memory, such as 512MB or 4GB",
      "5:25 warehouse_options.maximum_bytes_billed: expected a whole number of bytes, such as 10_000_000_000",
    ]);
  });

  it.each([
    { what: "a tab", text: "connections:\n\tx: 1", says: "2:1 : a tab cannot indent; use spaces" },
    {
      what: "a key twice",
      text: `${CONNECTION}connections: {}`,
      says: "5:1 : this key stands twice; keep one of them",
    },
    { what: "two documents", text: "a: 1\n---\nb: 2", says: "one document" },
    { what: "a list", text: "- a", says: "1:1 : expected settings such as" },
    { what: "a text", text: "sk_live_51Secret", says: "1:1 : expected settings such as" },
    { what: "an open quote", text: 'warehouse: "duckdb:', says: "is not YAML" },
    { what: "an alias", text: "x: &a duckdb:./x\nwarehouse: *a", says: "an alias cannot stand here" },
    {
      what: "an alias of a connection",
      text: "connections:\n  a: &a { provider: stripe, api_key_env: A }\n  b: *a",
      says: "an alias cannot stand here",
    },
    {
      what: "a merged mapping",
      text: "connections:\n  a: &a { provider: stripe, api_key_env: A }\n  b:\n    <<: *a\n    api_key_env: B",
      says: "settings cannot be merged in",
    },
    { what: "an unknown alias", text: "warehouse: *sk_live_51Secret", says: "an alias cannot" },
    { what: "deep nesting", text: `warehouse: ${"[".repeat(20_000)}`, says: "" },
    { what: "a key for a mapping", text: "connections: sk_live_51Secret", says: "a key must not stand here" },
    {
      what: "a key as a connection's name",
      text: "connections:\n  rk_live_51Secret: {provider: stripe, api_key_env: A}",
      says: "2:3 connections.[hidden]: a key must not stand here: give the connection a name",
    },
    { what: "a connection that is no mapping", text: "connections: {a: 1}", says: "expected a mapping with provider" },
    { what: "a key of a mapping's shape", text: "? {a: 1}\n: 2", says: "a name is expected" },
  ])("tells $what apart, with its place", ({ text, says }) => {
    const problems = problemsOf(text);
    expect(problems.join("\n")).toContain(says);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join("\n")).not.toContain("51Secret");
  });

  it("tells a few mistakes of syntax, not what follows on them", () => {
    for (const text of [
      `warehouse: ${"[".repeat(400)}`,
      "x:\n  - {a: [\n".repeat(300),
      `warehouse: ${"{a: ".repeat(200)}`,
    ]) {
      expect(problemsOf(text).length).toBeGreaterThan(0);
      expect(problemsOf(text).length).toBeLessThanOrEqual(5);
    }
  });

  it.each([
    ["attempt_timeout_s", ["0.1", "3600"], ["0", "-1", "3600.5", "'20'"]],
    ["request_timeout_s", ["0.1", "3600"], ["0", "-1", "3600.5", ".inf"]],
    ["max_rate", ["0.5", "10000", "0.5%", "100%"], ["0", "-1", "10001", "0%", "100.1%", "101%", ".nan"]],
  ])("takes %s within its bounds only", (setting, right, wrong) => {
    for (const value of right) expect(problemsOf(`${CONNECTION}    ${setting}: ${value}`)).toEqual([]);
    for (const value of wrong)
      expect(problemsOf(`${CONNECTION}    ${setting}: ${value}`)).toEqual([
        expect.stringContaining(`${setting}: expected`),
      ]);
  });

  it("takes names such as __proto__ and constructor for unknown settings", () => {
    expect(problemsOf("__proto__: {a: 1}\nconstructor: 2")).toHaveLength(2);
  });

  it("takes a name as it is written, also where YAML would make another value of it", () => {
    const names = ["007", "0x10", "1e3", "12345678901234567890", "true", "null", "on"];
    const text = `connections:\n${names.map((name) => `  ${name}: { provider: stripe, api_key_env: A }\n`).join("")}`;
    const { project, problems } = parseProject(text, "f");
    expect(problems).toEqual([]);
    expect(project.connections.map(({ name }) => name)).toEqual(names);
    expect(problemsOf("connections:\n  : { provider: stripe, api_key_env: A }")).toEqual([
      "2:3 connections: a name is expected before the colon",
    ]);
  });

  it("tells two keys apart by their names as written, not by the values that YAML makes of them", () => {
    const of = "{ provider: stripe, api_key_env: A }";
    expect(problemsOf(`connections:\n  7: ${of}\n  "7": ${of}`)).toEqual([
      "3:3 : this key stands twice; keep one of them",
    ]);
    expect(problemsOf(`connections:\n  7: ${of}\n  007: ${of}\n  7.0: ${of}\n  0x7: ${of}`)).toEqual([]);
  });

  it.each([
    ["stripe-acme", "stripe:acme"],
    ["acme", "stripe:acme"],
    ["stripe-", "stripe:stripe-"],
    ["stripe--a", "stripe:stripe--a"],
    ["stripe_.x", "stripe:stripe_.x"],
    ["007", "stripe:007"],
    ["true", "stripe:true"],
  ])("finds nothing wrong with the file that `init` writes for %s", (connection, identity) => {
    const { project, problems } = parseProject(projectTemplate({ warehouse: "duckdb:./x y.duckdb", connection }), "f");
    expect(problems).toEqual([]);
    expect(project.connections).toMatchObject([{ name: connection, identity, apiKeyEnv: "STRIPE_API_KEY" }]);
    expect(project.warehouse).toBe("duckdb:./x y.duckdb");
  });
});
