import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands.js";
import { commandLine, folder } from "./command-line.js";

const PROJECT = `warehouse: duckdb:./lorchestra.duckdb
connections:
  stripe-mensio:
    identity: stripe:mensio
    provider: stripe
    api_key_env: STRIPE_API_KEY
`;

describe("the command line", () => {
  it("shows help on stdout when asked, and every command in it", async () => {
    const { code, stdout, stderr } = await commandLine(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
  });

  it("shows help on stderr and ends with 2 when no command is given", async () => {
    const { code, stdout, stderr } = await commandLine([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: lorchestra <command>");
  });

  it.each(["--quiet", "--debug", "--config=x.yaml"])("does so too when there is only %s", async (option) => {
    const { code, stdout, stderr } = await commandLine([option]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: lorchestra <command>");
    expect(stderr).not.toContain("outputHelp");
  });

  it("prints one JSON document also for help, for the version and without a command", async () => {
    const document = async (...argv: string[]): Promise<unknown> =>
      JSON.parse((await commandLine([...argv, "--json"])).stdout);
    expect(await document("--help")).toEqual({ help: (await commandLine(["--help"])).stdout });
    expect(await document("run", "--help")).toEqual({ help: (await commandLine(["run", "--help"])).stdout });
    expect(await document("--version")).toEqual(await document("version"));
    expect(await document()).toMatchObject({
      status: "failed",
      exit_code: 2,
      error: { code: "USAGE_INVALID", message: "no command was given" },
    });
  });

  it.each([...COMMANDS.map(({ name }) => name), "jobs list", "jobs show"])(
    "has help with examples on %s",
    async (command) => {
      const words = command.split(" ");
      const { code, stdout } = await commandLine([...words, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples:\n {2}lorchestra /);
      expect((await commandLine(["help", ...words])).stdout).toBe(stdout);
    },
  );

  it("shows of a job a command line for the project and the warehouse at hand, with a connection where several fit", async () => {
    const second = "  stripe-other:\n    provider: stripe\n    api_key_env: OTHER_KEY\n";
    await using project = await folder({ "lorchestra.yaml": `${PROJECT}${second}` });
    const { stdout } = await commandLine(["jobs", "show", "stripe_ingest_refunds"], { cwd: project.path });
    expect(stdout).toContain("\n  lorchestra run stripe_ingest_refunds --connection stripe-mensio --dry-run\n");
    const from = ["--config", "lorchestra.yaml", "--warehouse", "duckdb:./my data.duckdb"];
    const given = await commandLine(["jobs", "show", "stripe_ingest_refunds", ...from], { cwd: project.path });
    expect(given.stdout).toContain(
      '\n  lorchestra run stripe_ingest_refunds --config lorchestra.yaml --warehouse "duckdb:./my data.duckdb" --connection stripe-mensio\n',
    );
  });

  it("tells a command of jobs that there is not from one, and lists where none is given", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const at = { cwd: project.path };
    expect(await commandLine(["jobs", "lsit"], at)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining('jobs has no command "lsit"; did you mean "list"?'),
    });
    expect(await commandLine(["jobs", "help", "list", "--json"], at)).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('jobs has no command \\"help\\"'),
    });
    expect((await commandLine(["jobs", "--help"], at)).stdout).not.toContain("help [command]");
    expect((await commandLine(["jobs", "list", "x"], at)).stderr).toContain("Expected 0 arguments but got 1");
    expect(await commandLine(["jobs"], at)).toEqual(await commandLine(["jobs", "list"], at));
    expect((await commandLine(["help", "jobs", "lsit"], at)).stderr).toContain('did you mean "jobs list"?');
    expect((await commandLine(["help", "run", "x"], at)).stderr).toContain("There is help on: run.");
  });

  it("names the nearest command, option, topic and job", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const at = { cwd: project.path };
    expect((await commandLine(["rnu"], at)).stderr).toContain("Did you mean run?");
    expect((await commandLine(["run", "x", "--dry-rum"], at)).stderr).toContain("Did you mean --dry-run?");
    expect((await commandLine(["help", "exit-code"], at)).stderr).toContain('did you mean "exit-codes"?');
    const unknown = await commandLine(["run", "stripe_ingest_custmers"], at);
    expect(unknown.stderr).toContain("Did you mean stripe_ingest_customers?");
    expect(unknown.code).toBe(2);
    expect((await commandLine(["run", "customers"], at)).stderr).toContain("Did you mean stripe_ingest_customers?");
    expect((await commandLine(["run", "payment-intent"], at)).stderr).toContain(
      "Did you mean stripe_ingest_payment_intents?",
    );
    expect((await commandLine(["run", "x"], at)).stderr).not.toContain("Did you mean");
  });

  it("prints one JSON document also when it cannot even parse the command line", async () => {
    const { code, stdout } = await commandLine(["run", "--json", "--nonsense"]);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      run_id: null,
      dry_run: false,
      jobs: [],
      usage: null,
      status: "failed",
      exit_code: 2,
      error: { code: "USAGE_INVALID", message: "unknown option '--nonsense'", hint: expect.any(String), facts: {} },
    });
  });

  it("says on stderr what is wrong, beside a JSON document too", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    for (const command of [["check"], ["verify", "--all"], ["run", "stripe_ingest_refunds"]]) {
      const { code, stdout, stderr } = await commandLine([...command, "--json"], { cwd: project.path });
      expect(code).toBe(4);
      expect(JSON.parse(stdout)).toMatchObject({ exit_code: 4 });
      expect(stderr).toMatch(/code KEY_MISSING {3}exit 4/);
    }
  });

  it("lists the exit codes", async () => {
    const { stdout } = await commandLine(["help", "exit-codes"]);
    expect(stdout.match(/^ *\d+/gm)?.map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 130, 143]);
  });

  it("is silent about a key that stands in the configuration, whatever the setting is called", async () => {
    for (const line of [
      "api_key: sk_live_51Secret",
      "apiKey: hunter22",
      "description: sk_live_51Secret",
      "rk_live_51Secret: x",
    ]) {
      await using project = await folder({ "lorchestra.yaml": PROJECT.replace("api_key_env: STRIPE_API_KEY", line) });
      for (const flags of [[], ["--json"], ["--debug"]]) {
        const { code, stdout, stderr } = await commandLine(["jobs", "list", ...flags], { cwd: project.path });
        expect(code).toBe(5);
        expect(stdout + stderr).not.toMatch(/51Secret|hunter22/);
        expect(stderr).toContain("lorchestra.yaml:6:");
      }
    }
  });

  it("repeats no argument that looks like a key", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const key = "sk_live_51TypedTypedTyped";
    for (const argv of [
      ["explain", key],
      ["explain", "in_1", "--connection", key],
      ["jobs", "show", key],
      ["jobs", "show", `x\n${key}`],
      ["run", `x_${key}`],
      ["help", key],
      ["completion", key],
      ["init", `bigquery://${key}`],
      [key],
    ])
      for (const flags of [[], ["--json"], ["--debug"]]) {
        const { code, stdout, stderr } = await commandLine([...argv, ...flags], {
          cwd: project.path,
          env: { STRIPE_API_KEY: "sk_live_51Another" },
        });
        expect([argv, code]).not.toEqual([argv, 0]);
        expect(stdout + stderr).not.toContain("51Typed");
      }
    const { code, stderr } = await commandLine(["explain", key], { cwd: project.path });
    expect(code).toBe(2);
    expect(stderr).toContain("this is a key, not the id of an object");
  });

  it.each(["HTTPS_PROXY", "https_proxy"])(
    "shows no password of %s, as its address has it or as it is",
    async (name) => {
      await using project = await folder({ "lorchestra.yaml": PROJECT });
      const env = { [name]: "http://someone:open%2Fsesame@127.0.0.1:1" };
      for (const password of ["open%2Fsesame", "open/sesame"]) {
        const { stdout } = await commandLine(["sql", `SELECT '${password}' AS said`, "--csv"], {
          cwd: project.path,
          env,
        });
        expect(stdout).toBe("said\n[hidden]\n");
      }
    },
  );

  it.each([
    "whsec_51SigningSecret",
    "pk_live_51Publishable",
    "ek_live_51Ephemeral",
    "acct_1Account",
    "$OTHER_NAME",
    "${OTHER_NAME}",
  ])("takes %s for no key, and sends it to nobody", async (value) => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    // Nothing listens there: a request would be a failure of the connection, 8.
    const env = { STRIPE_API_KEY: value, STRIPE_API_BASE: "http://127.0.0.1:9" };
    const { code, stdout, stderr } = await commandLine(["run", "stripe_ingest_customers"], {
      cwd: project.path,
      env,
    });
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toContain("no usable key for stripe-mensio: STRIPE_API_KEY holds");
    expect(stderr).toContain("code KEY_MISSING");
    expect(stderr).not.toContain(value);
  });

  it("reads a configuration as PowerShell writes it, in UTF-16, and says of what is no text that it is none", async () => {
    const key = "STRIPE_API_KEY=whsec_51SigningSecret\r\n";
    const littleEndian = Buffer.from(`\uFEFF${key}`, "utf16le");
    const bigEndian = Buffer.from(littleEndian).swap16();
    for (const bytes of [littleEndian, bigEndian]) {
      await using project = await folder({ "lorchestra.yaml": PROJECT });
      await writeFile(join(project.path, ".env"), bytes);
      const { stderr } = await commandLine(["run", "stripe_ingest_customers"], { cwd: project.path });
      expect(stderr).toContain("STRIPE_API_KEY holds a webhook's signing secret");
    }
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    await writeFile(join(project.path, ".env"), Buffer.from(key, "utf16le"));
    const { code, stderr } = await commandLine(["run", "stripe_ingest_customers"], { cwd: project.path });
    expect(code).toBe(5);
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
      /\.env is no text in UTF-8 .*Save it as UTF-8.*code CONFIG_UNREADABLE/,
    );
  });

  it("says of a .env that cannot be read what would let it, not how to name another file", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    await mkdir(join(project.path, ".env"));
    const { code, stderr } = await commandLine(["run", "stripe_ingest_customers"], { cwd: project.path });
    expect(code).toBe(5);
    expect(stderr).toContain("Let this user read");
    expect(stderr).not.toContain("--config");
    expect((await commandLine(["check", "--config", "absent.yaml"], { cwd: project.path })).stderr).toContain(
      "--config",
    );
  });

  it("keeps a key of the environment out of everything it writes, in each of its forms", async () => {
    const key = "rk_live_51+Secret/Key=";
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const forms = [key, encodeURIComponent(key), Buffer.from(`${key}:`).toString("base64")];
    for (const form of forms) {
      const { stdout, stderr } = await commandLine(["run", "stripe_ingest_customers", "--connection", form], {
        cwd: project.path,
        env: { STRIPE_API_KEY: key },
      });
      expect(stdout + stderr).not.toContain("51+Secret");
    }
  });
});

describe("verify", () => {
  it("takes --allow-deletes with --repair only: nothing else deletes", async () => {
    const { code, stdout, stderr } = await commandLine(["verify", "--all", "--allow-deletes"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--allow-deletes belongs to --repair");
  });
});

describe("run", () => {
  it.each([
    { argv: ["--dry-run", "--test-table"], says: "--dry-run and --test-table exclude each other" },
    { argv: ["--full", "--since", "-7d"], says: "--full and --since exclude each other" },
    { argv: ["--full", "--until", "2025-01-01"], says: "--full and --until exclude each other" },
    { argv: ["--show-values"], says: "--show-values belongs to --dry-run" },
    { argv: ["--since", "yesterday"], says: '--since "yesterday" is no date or time' },
    { argv: ["--since", "2025-13-01T08:00:00Z"], says: '--since "2025-13-01T08:00:00Z" is no date or time' },
    { argv: ["--since", "2025-02-30T08:00:00Z"], says: '--since "2025-02-30T08:00:00Z" is no date or time' },
    { argv: ["--since=-7x"], says: '--since "-7x" is no date or time' },
    { argv: ["--since", "2025-09-02", "--until", "2025-09-01"], says: "--since must lie before --until" },
    { argv: ["--since"], says: "argument missing" },
    { argv: ["--max-rate", "fast"], says: '--max-rate "fast" is no rate' },
    { argv: ["--max-rate", "0"], says: '--max-rate "0" is no rate' },
    { argv: ["--max-rate", "120%"], says: '--max-rate "120%" is no rate' },
  ])("refuses $argv as a usage error that shows how", async ({ argv, says }) => {
    const { code, stdout, stderr } = await commandLine(["run", "stripe_ingest_customers", ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/For example: |--help/);
  });

  it("says that something failed also where that cannot be told", async () => {
    const timeZone = (): never => {
      throw new RangeError("no such zone");
    };
    const { code, stderr } = await commandLine(["run", "job of 2099-01-01T00:00:00Z"], { timeZone });
    expect(code).toBe(1);
    expect(stderr).toMatch(/an unexpected RangeError ended the command.*code INTERNAL {3}exit 1/s);
  });

  it("asks for the connection only where several fit, and lists them", async () => {
    const two = `${PROJECT}  stripe-other:\n    provider: stripe\n    api_key_env: OTHER_KEY\n`;
    await using project = await folder({ "lorchestra.yaml": two });
    const { code, stderr } = await commandLine(["run", "stripe_ingest_customers"], { cwd: project.path });
    expect(code).toBe(2);
    expect(stderr).toContain("stripe-mensio, stripe-other");
    expect(stderr).toContain("code CONNECTION_AMBIGUOUS");
  });

  it("says where a missing key belongs and ends with 4, before a warehouse is made", async () => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const { code, stderr } = await commandLine(["run", "stripe_ingest_customers"], { cwd: project.path });
    expect(code).toBe(4);
    expect(stderr).toContain("STRIPE_API_KEY is not set");
    expect(stderr).toContain(".env");
  });

  it.each([
    ["run", "stripe_ingest_customers"],
    ["verify", "--all"],
    ["plan", "stripe_ingest_customers"],
    ["explain", "in_1Pabc"],
    ["check"],
  ])("says what to do without any configuration, and without a connection in it: %s", async (...argv) => {
    await using empty = await folder();
    const { code, stderr } = await commandLine(argv, { cwd: empty.path });
    expect(code).toBe(5);
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(/no connection .*is configured.* `lorchestra init` writes one/);
    await writeFile(join(empty.path, "lorchestra.yaml"), "connections:\n");
    const without = await commandLine(argv, { cwd: empty.path });
    expect(without.code).toBe(5);
    expect(without.stderr).toContain("Add one under connections: in");
    expect(without.stderr).not.toContain("lorchestra init");
  });

  it.each([["check"], ["explain", "in_1Pabc"]])("names the connections that there are to %s", async (...argv) => {
    await using project = await folder({ "lorchestra.yaml": PROJECT });
    const { code, stderr } = await commandLine([...argv, "--connection", "stripe"], { cwd: project.path });
    expect(code).toBe(2);
    expect(stderr).toContain('there is no connection "stripe"');
    expect(stderr).toContain("There are: stripe-mensio.");
  });

  it("says of a warehouse that is not there yet that it has no tables", async () => {
    await using empty = await folder();
    const { code, stderr } = await commandLine(["sql", "SELECT * FROM raw_objects"], { cwd: empty.path });
    expect(code).toBe(2);
    expect(stderr).toContain("`events_dev` has no tables yet");
  });
});
