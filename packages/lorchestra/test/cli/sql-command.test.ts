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
});
