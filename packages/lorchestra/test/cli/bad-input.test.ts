import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandLine, folder } from "./command-line.js";

/**
 * Broken configurations, flags and environments, as many as LORCHESTRA_FUZZ_RUNS says (the default keeps `npm test`
 * quick; .ci/run asks for 5,000). A failure prints its seed, which LORCHESTRA_FUZZ_SEED replays.
 */
const RUNS = Number(process.env.LORCHESTRA_FUZZ_RUNS ?? 600);
const SEED = process.env.LORCHESTRA_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.LORCHESTRA_FUZZ_SEED) };

const KEY = "sk_live_51PlantedPlantedPlanted";

const scalar = fc.oneof(
  fc.constantFrom(
    "duckdb:./x.duckdb",
    "duckbd:x",
    "stripe",
    "STRIPE_API_KEY",
    KEY,
    "50%",
    "0",
    "-1",
    "1e999",
    "null",
    "~",
    "",
    "2026-10-28",
  ),
  fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    "*a",
    "&a x",
    "!!binary x",
    "!tag",
    "|",
    ">",
    "? ",
    "- ",
    "%",
    "@",
    "`",
    "'",
    '"',
    "\t",
  ),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 10 }),
);
const name = fc.oneof(
  fc.constantFrom(
    "warehouse",
    "warehouse_options",
    "connections",
    "jobs",
    "sweep_days",
    "identity",
    "provider",
    "description",
  ),
  fc.constantFrom(
    "api_key_env",
    "api_key",
    "api_version",
    "max_rate",
    "warehose",
    "__proto__",
    "constructor",
    "toString",
    "<<",
    KEY,
  ),
  fc.string({ maxLength: 12 }),
);
const line = fc
  .tuple(
    fc.constantFrom("", "  ", "    ", "      ", "\t"),
    name,
    fc.constantFrom(": ", ":", " ", ": &a ", ":\n"),
    scalar,
  )
  .map((parts) => parts.join(""));
const VALID = `warehouse: duckdb:./x.duckdb
connections:
  stripe-mensio:
    provider: stripe
    api_key_env: STRIPE_API_KEY
`;
/** Lines at random, or a good file with some characters put in, taken out or changed. */
const project = fc.oneof(
  fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n")),
  fc
    .array(fc.tuple(fc.nat(VALID.length), fc.nat(9), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 4 })
    .map((edits) => edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), VALID)),
);
const dotenv = fc.oneof(
  fc
    .array(
      fc.tuple(name, fc.constantFrom("=", " ", '="', "='"), scalar).map((parts) => parts.join("")),
      { maxLength: 6 },
    )
    .map((lines) => lines.join("\n")),
  fc.string({ unit: "binary", maxLength: 60 }),
);
const environment = fc.dictionary(
  fc.constantFrom(
    "LORCHESTRA_WAREHOUSE",
    "STRIPE_API_BASE",
    "HTTPS_PROXY",
    "BIGQUERY_EMULATOR_HOST",
    "NO_COLOR",
    "TERM",
  ),
  fc.oneof(
    scalar,
    fc.constantFrom("http://example.com", "https://user:pw@x", "ftp://x", "://", "http://127.0.0.1:99999"),
  ),
);
const word = fc.oneof(
  fc.constantFrom(
    "run",
    "jobs",
    "list",
    "show",
    "sql",
    "verify",
    "explain",
    "plan",
    "init",
    "check",
    "completion",
    "help",
    "version",
  ),
  fc.constantFrom(
    "--dry-run",
    "--test-table",
    "--since",
    "--until",
    "--full",
    "--connection",
    "--max-rate",
    "--json",
    "--debug",
    "--all",
  ),
  fc.constantFrom(
    "--config",
    "--warehouse",
    "--sample",
    "--csv",
    "--",
    "-",
    "-7d",
    "2025-09-01",
    "stripe_ingest_customers",
    KEY,
    "",
  ),
  fc.string({ maxLength: 10 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const argv = fc.array(word, { maxLength: 7 });

/** Nothing that is not made to be read by the user, and never the planted key. */
function expectNoLeak(output: string): void {
  expect(output).not.toContain(KEY);
  expect(output).not.toMatch(/\n\s+at .+:\d+:\d+/);
  expect(output).not.toContain("code INTERNAL");
}

describe("bad input", () => {
  it("in the configuration ends with 5, the place and the remedy, or is none", { timeout: 600_000 }, async () => {
    await using here = await folder();
    await fc.assert(
      fc.asyncProperty(project, dotenv, environment, async (projectText, dotenvText, env) => {
        await writeFile(join(here.path, "lorchestra.yaml"), projectText);
        await writeFile(join(here.path, ".env"), dotenvText);
        const { code, stdout, stderr } = await commandLine(["jobs", "list"], { cwd: here.path, env });
        expectNoLeak(stdout + stderr);
        if (code === 0) return;
        expect(code).toBe(5);
        expect(stderr).toMatch(/code (CONFIG_INVALID|CONFIG_UNREADABLE|JOB_MODULE_INVALID) {3}exit 5/);
        expect(stderr).toMatch(/lorchestra\.yaml|\.env|the environment|cannot be imported/);
      }),
      { numRuns: RUNS, ...SEED },
    );
  });

  it("on the command line ends with 2, 4 or 5 and an instruction, or is none", { timeout: 600_000 }, async () => {
    await using here = await folder({ "lorchestra.yaml": VALID });
    await fc.assert(
      fc.asyncProperty(argv, environment, async (words, env) => {
        const before = words.filter((given) => given !== "demo");
        const json = before.includes("--json");
        const { code, stdout, stderr } = await commandLine(before, { cwd: here.path, env });
        const output = before.includes("--debug") ? "" : stdout + stderr;
        expectNoLeak(output);
        if (code === 0) return;
        expect([2, 4, 5]).toContain(code);
        expect(stderr).toMatch(/code [A-Z_]+ {3}exit \d|Usage: lorchestra/);
        if (json && before.indexOf("--json") < Math.max(before.indexOf("--"), Number(!before.includes("--")) * 99))
          expect(() => JSON.parse(stdout)).not.toThrow();
      }),
      { numRuns: RUNS, ...SEED },
    );
  });
});
