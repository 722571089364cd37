import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

it("the README shows a program that runs as it stands, with Stripe's own library", async () => {
  const program = /```js\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1];
  // Within this package its own name means the built package, as it is published.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program ?? "throw new Error('there is no program')"],
    { cwd: root },
  );
  // 273 are in the scenario; three pages, and one of them twice.
  expect(stdout).toBe("274 invoices in 4 requests\n274 invoices, one of them with 37 lines\n");
});
