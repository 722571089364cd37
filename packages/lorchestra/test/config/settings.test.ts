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
  cwd: () => "/project/sub",
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

  it("asks for the working directory only where something is relative to it: it may have been deleted", () => {
    const gone = (given: Partial<SettingsInput>) =>
      resolveSettings(
        input({
          file,
          cwd: () => {
            throw new Error("deleted");
          },
          ...given,
        }),
      );
    const url = "duckdb:/data/x.duckdb?schema=own";
    const GOOGLE_APPLICATION_CREDENTIALS = "/data/sa.json";
    expect(gone({ warehouse: url }).warehouse.url).toBe(url);
    expect(gone({ warehouse: "bigquery://acme/events_dev" }).warehouse.origin).toBe("flag");
    expect(gone({ environment: { LORCHESTRA_WAREHOUSE: url, GOOGLE_APPLICATION_CREDENTIALS } }).warehouse.url).toBe(
      url,
    );
    expect(() => gone({ warehouse: "duckdb:./x.duckdb" })).toThrow("deleted");
    expect(() => gone({ environment: { LORCHESTRA_WAREHOUSE: "duckdb:x.duckdb" } })).toThrow("deleted");
    expect(() => gone({ environment: { GOOGLE_APPLICATION_CREDENTIALS: "sa.json" } })).toThrow("deleted");
  });

  it("lets the environment stand over .env, and counts an empty value as none", () => {
    expect(resolveSettings(input({ dotenv, environment })).environment.STRIPE_API_KEY).toBe("from-env");
    expect(resolveSettings(input({ dotenv, environment: { STRIPE_API_KEY: " " } })).environment.STRIPE_API_KEY).toBe(
      "from-dotenv",
    );
    const blank = { LORCHESTRA_WAREHOUSE: " " };
    expect(resolveSettings(input({ file, environment: blank })).warehouse.origin).toBe("file");
    expect(resolveSettings(input({ file, dotenv, environment: blank })).warehouse.origin).toBe(".env");
    const blankInDotenv = source("/project", ".env", 'LORCHESTRA_WAREHOUSE=" "');
    expect(resolveSettings(input({ file, dotenv: blankInDotenv })).warehouse.origin).toBe("file");
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

  it.each<[takes: string, environment: Record<string, string>, dotenv: string, proxy: string, exempt: string]>([
    ["upper case", { HTTPS_PROXY: "http://a:1", NO_PROXY: "x" }, "", "http://a:1", "x"],
    ["lower case", { https_proxy: "http://a:1", no_proxy: "x" }, "", "http://a:1", "x"],
    [
      "lower case rather than upper",
      { HTTPS_PROXY: "http://b:1", https_proxy: "http://a:1", NO_PROXY: "y", no_proxy: "x" },
      "",
      "http://a:1",
      "x",
    ],
    [
      "upper case where lower is empty",
      { HTTPS_PROXY: "http://a:1", https_proxy: "" },
      "no_proxy=x",
      "http://a:1",
      "x",
    ],
    [
      "the environment rather than .env",
      { HTTPS_PROXY: "http://a:1", NO_PROXY: "x" },
      "https_proxy=http://b:1\nno_proxy=y",
      "http://a:1",
      "x",
    ],
    ["an address without a scheme for http", { https_proxy: "u:p@a:1" }, "NO_PROXY=x", "http://u:p@a:1", "x"],
  ])("takes the proxy as curl does: %s", (_, environment, text, proxy, exempt) => {
    const settings = resolveSettings(input({ dotenv: source("/project", ".env", text), environment }));
    expect(settings.environment).toMatchObject({ HTTPS_PROXY: proxy, NO_PROXY: exempt });
  });

  it.each(["socks5://a:1", "http://someone:hunter2%@a:1", "http://%zz:hunter2@a:1", "hunter2:x"])(
    "refuses %s for a proxy's address, names the variable as it is written, and shows nothing of it",
    (address) => {
      const wrong = ["https_proxy", "HTTPS_PROXY"].map((name) => {
        try {
          resolveSettings(input({ environment: { [name]: address } }));
        } catch (error) {
          return (error as ConfigInvalidError).problems;
        }
        return null;
      });
      expect(wrong).toMatchObject([
        [{ source: "the environment", path: "https_proxy" }],
        [{ source: "the environment", path: "HTTPS_PROXY" }],
      ]);
      expect(JSON.stringify(wrong)).not.toContain("hunter2");
    },
  );

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

  it("tells the problems of a file from its top down, in whichever order they were found", () => {
    const text = "warehoose: x\nwarehouse: duckbd:x\nsweep_days: 0\nconnections:\n  a b: {}\n";
    const broken = input({ file: source("/project", "lorchestra.yaml", text) });
    let problems: ConfigInvalidError["problems"] = [];
    try {
      resolveSettings(broken);
    } catch (error) {
      problems = (error as ConfigInvalidError).problems;
    }
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 3, 5, 5, 5]);
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
