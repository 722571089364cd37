import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CommandLineOptions, commandLine, folder } from "./command-line.js";

describe("lorchestra init", () => {
  it("writes lorchestra.yaml, makes the tables, and says what comes next; the second time it changes nothing", async () => {
    await using project = await folder();
    const at = { cwd: project.path };
    const { code, stdout } = await commandLine(["init", "--connection", "stripe-acme"], at);
    expect(code).toBe(0);
    expect(stdout).toBe(`✓ wrote ${project.path}/lorchestra.yaml
✓ duckdb ./lorchestra.duckdb has its tables
Next: put STRIPE_API_KEY=… into ${project.path}/.env
Next: lorchestra check
`);
    const text = await readFile(join(project.path, "lorchestra.yaml"), "utf8");
    expect(text).toContain("\n  stripe-acme:");
    const again = await commandLine(["init", "--json"], { ...at, env: { STRIPE_API_KEY: "rk_live_x" } });
    expect(JSON.parse(again.stdout)).toMatchObject({
      config_file: join(project.path, "lorchestra.yaml"),
      written: false,
    });
    expect(await readFile(join(project.path, "lorchestra.yaml"), "utf8")).toBe(text);
  });

  it("writes the file of --config where that is not there, and leaves it alone where it is", async () => {
    await using project = await folder({ "lorchestra.yaml": "# the nearest\n" });
    await mkdir(join(project.path, "zwei Räume"));
    const at = { cwd: project.path };
    const init = ["init", "--config", "zwei Räume/new.yaml"];
    const { code, stdout } = await commandLine(init, at);
    expect(code).toBe(0);
    expect(stdout).toContain(`✓ wrote ${project.path}/zwei Räume/new.yaml\n`);
    expect(stdout).toContain(`into ${project.path}/zwei Räume/.env\n`);
    expect(stdout).toContain('Next: lorchestra check --config "zwei Räume/new.yaml"\n');
    expect(await readdir(join(project.path, "zwei Räume"))).toEqual(["lorchestra.duckdb", "new.yaml"]);
    expect(await readFile(join(project.path, "lorchestra.yaml"), "utf8")).toBe("# the nearest\n");
    expect((await commandLine(init, at)).stdout).toContain("is there already and stays as it is");
    expect((await commandLine(["jobs", "list", "--config", "zwei Räume/new.yaml"], at)).code).toBe(0);
  });

  it.each<{
    origin: string;
    argv: string[];
    given: (project: string) => CommandLineOptions;
    dotenv?: string;
    is: string;
  }>([
    {
      origin: "a flag",
      argv: ["--warehouse", "duckdb:./data/x.duckdb?schema=s"],
      given: () => ({}),
      is: "duckdb:../data/x.duckdb?schema=s",
    },
    {
      origin: "the environment",
      argv: [],
      given: () => ({ env: { LORCHESTRA_WAREHOUSE: "duckdb:conf/x.duckdb" } }),
      is: "duckdb:./x.duckdb",
    },
    {
      origin: "a flag, absolute,",
      argv: [],
      given: (project) => ({ env: { LORCHESTRA_WAREHOUSE: `duckdb:${project}/x.duckdb` } }),
      is: "duckdb:PROJECT/x.duckdb",
    },
    {
      origin: ".env beside the file",
      argv: [],
      given: () => ({}),
      dotenv: "LORCHESTRA_WAREHOUSE=duckdb:./y.duckdb",
      is: "duckdb:./y.duckdb",
    },
  ])(
    "names in the file of another folder the warehouse that $origin names here",
    async ({ argv, given, dotenv, is }) => {
      await using project = await folder();
      for (const name of ["conf", "data"]) await mkdir(join(project.path, name));
      if (dotenv !== undefined) await writeFile(join(project.path, "conf", ".env"), dotenv);
      const { code, stderr } = await commandLine(["init", "--config", "conf/new.yaml", ...argv], {
        cwd: project.path,
        ...given(project.path),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const text = await readFile(join(project.path, "conf", "new.yaml"), "utf8");
      expect(text).toContain(`\nwarehouse: ${JSON.stringify(is.replace("PROJECT", project.path))}\n`);
      const rows = await commandLine(
        ["sql", "SELECT COUNT(*) AS n FROM raw_objects", "--config", "conf/new.yaml", "--csv"],
        { cwd: project.path },
      );
      expect(rows.stdout).toBe("n\n0\n");
    },
  );

  it.each([
    ["an address that is no use", ["--warehouse", "duckdb::memory:"], "CONFIG_INVALID", 5],
    ["a folder that is not there", ["--warehouse", "duckdb:./no/x.duckdb"], "WAREHOUSE_NOT_FOUND", 5],
    ["the folder of --config is not there", ["--config", "no/new.yaml"], "WAREHOUSE_NOT_FOUND", 5],
    ["a key in the place of a name", ["--connection", "rk_live_51AbCdEfGh"], "USAGE_INVALID", 2],
  ])("writes nothing that would stand in the way of the next try: %s", async (_, argv, error, exit) => {
    await using project = await folder();
    const { code, stderr } = await commandLine(["init", ...argv], { cwd: project.path });
    expect(code).toBe(exit);
    expect(stderr).toContain(`code ${error}`);
    expect(stderr).not.toContain("AbCdEfGh");
    expect(await readdir(project.path)).toEqual([]);
  });

  it("is what other commands name for a file of --config that is not there", async () => {
    await using project = await folder();
    const { code, stderr } = await commandLine(["jobs", "list", "--config", "new.yaml"], { cwd: project.path });
    expect(code).toBe(5);
    expect(stderr).toContain("new.yaml does not exist");
    expect(stderr.replaceAll(/\s+/g, " ")).toContain("run `lorchestra init` with the same --config");
    const isFolder = await commandLine(["init", "--config", "."], { cwd: project.path });
    expect(isFolder.stderr).toContain("is a directory");
    expect(isFolder.stderr).not.toContain("lorchestra init");
  });
});
