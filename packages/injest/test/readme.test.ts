import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mensio, startSandbox } from "stripe-sandbox";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const text = readFileSync(join(root, "README.md"), "utf8");

describe("the README", () => {
  it("shows a program that runs as it stands, and prints what is in the account", async () => {
    const program = /```js\n(.*?)```/s.exec(text)?.[1];
    expect(program?.trim().split("\n").length).toBeLessThanOrEqual(10);
    await using sandbox = await startSandbox({ scenario: mensio() });
    // Within this package its own name means the built package, as it is published.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program ?? "throw new Error('there is no program')"],
      { cwd: root, env: { ...process.env, STRIPE_API_KEY: sandbox.key, STRIPE_API_BASE: sandbox.url } },
    );
    const since = Date.UTC(2026, 0, 1) / 1000;
    const expected = [...sandbox.truth("invoice")].flatMap(({ json, deleted }) => {
      const { created, id, status, total, lines } = JSON.parse(json) as Invoice;
      return deleted || created < since ? [] : [`${id} ${status} ${total} ${lines.data.length}`];
    });
    expect(expected.length).toBeGreaterThan(100);
    expect(stdout.trim().split("\n").toSorted()).toEqual(expected.toSorted());
  });

  it("is published with the package, and links to files that exist", () => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
    expect(files).toContain("README.md");
    for (const file of ["README.md", "src/stripe/README.md"]) {
      const targets = [...readFileSync(join(root, file), "utf8").matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target);
      for (const target of targets) expect(existsSync(join(root, dirname(file), target ?? "")), target).toBe(true);
    }
  });
});

interface Invoice {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly created: number;
  readonly lines: { readonly data: readonly unknown[] };
}
