import { describe, expect, it } from "vitest";
import { ConfigInvalidError } from "../../src/config/problem.js";
import { resolveSettings, type SettingsInput } from "../../src/config/settings.js";

const source = (directory: string, name: string, text: string) => ({
  path: `${directory}/${name}`,
  shown: name,
  directory,
  text,
});

const input = (given: Partial<SettingsInput>): SettingsInput => ({
  cwd: "/project/sub",
  path: given.file?.path ?? "/project/sub/lorchestra.yaml",
  file: null,
  dotenv: null,
  environment: {},
  warehouse: null,
  ...given,
});

const file = source("/project", "lorchestra.yaml", "warehouse: duckdb:./file.duckdb");
const dotenv = source("/project", ".env", "LORCHESTRA_WAREHOUSE=duckdb:./dotenv.duckdb\nSTRIPE_API_KEY=from-dotenv");
const environment = { LORCHESTRA_WAREHOUSE: "duckdb:./env.duckdb", STRIPE_API_KEY: "from-env" };

describe("resolveSettings", () => {
  it.each([
    {
      given: { file, dotenv, environment, warehouse: "duckdb:./flag.duckdb" },
      url: "duckdb:./flag.duckdb",
      directory: "/project/sub",
      origin: "flag",
    },
    {
      given: { file, dotenv, environment },
      url: "duckdb:./env.duckdb",
      directory: "/project/sub",
      origin: "environment",
    },
    { given: { file, dotenv }, url: "duckdb:./dotenv.duckdb", directory: "/project", origin: ".env" },
    { given: { file }, url: "duckdb:./file.duckdb", directory: "/project", origin: "file" },
    { given: {}, url: "duckdb:./lorchestra.duckdb", directory: "/project/sub", origin: "default" },
  ])("takes the warehouse of the $origin, and resolves its path there", ({ given, url, directory, origin }) => {
    expect(resolveSettings(input(given)).warehouse).toEqual({ url, directory, origin });
  });

  it("lets the environment stand over .env, and counts an empty value as none", () => {
    expect(resolveSettings(input({ dotenv, environment })).environment.STRIPE_API_KEY).toBe("from-env");
    expect(resolveSettings(input({ dotenv, environment: { STRIPE_API_KEY: " " } })).environment.STRIPE_API_KEY).toBe(
      "from-dotenv",
    );
  });

  it("resolves the path of Google's credentials where it was found: beside .env, or in the working directory", () => {
    const keyFile = (given: Partial<SettingsInput>) =>
      resolveSettings(input(given)).environment["GOOGLE_APPLICATION_CREDENTIALS"];
    const inDotenv = source("/project", ".env", "GOOGLE_APPLICATION_CREDENTIALS=keys/sa.json");
    expect(keyFile({ dotenv: inDotenv })).toBe("/project/keys/sa.json");
    const inShell = { GOOGLE_APPLICATION_CREDENTIALS: "./sa.json" };
    expect(keyFile({ dotenv: inDotenv, environment: inShell })).toBe("/project/sub/sa.json");
    expect(keyFile({ environment: { GOOGLE_APPLICATION_CREDENTIALS: "/etc/sa.json" } })).toBe("/etc/sa.json");
    expect(keyFile({})).toBeUndefined();
  });

  it.each([
    ["http://127.0.0.1:12111", true],
    ["http://localhost:12111", true],
    ["http://[::1]:12111", true],
    ["https://stripe.example", true],
    ["http://stripe.example", false],
    ["http://127.0.0.1.example", false],
    ["ftp://127.0.0.1", false],
    ["https://user:secret@stripe.example", false],
    ["127.0.0.1:12111", false],
  ])("lets a key travel to STRIPE_API_BASE=%s: %s", (base, allowed) => {
    const resolve = () => resolveSettings(input({ environment: { STRIPE_API_BASE: base } }));
    if (allowed) expect(resolve().environment.STRIPE_API_BASE).toBe(base);
    else expect(resolve).toThrow(ConfigInvalidError);
  });

  it("tells the problems of all sources together, each by its own name, without values", () => {
    const broken = input({
      file: source("/project", "lorchestra.yaml", "warehoose: 1"),
      dotenv: source("/project", ".env", "HTTPS_PROXY=user:hunter2\nnonsense hunter2"),
      environment: { LORCHESTRA_WAREHOUSE: "postgres://user:hunter2@db" },
    });
    let problems: ConfigInvalidError["problems"] = [];
    try {
      resolveSettings(broken);
    } catch (error) {
      problems = (error as ConfigInvalidError).problems;
    }
    expect(problems.map(({ source: at, path }) => [at, path])).toEqual([
      ["lorchestra.yaml", "warehoose"],
      [".env", ""],
      [".env", "HTTPS_PROXY"],
      ["the environment", "LORCHESTRA_WAREHOUSE"],
    ]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});
