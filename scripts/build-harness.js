import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Compiles the simulation and the kill harness, with the sources that they test, into packages/lorchestra/.cache/harness. */
export function buildHarness() {
  for (const project of [
    ["-b", "packages/injest", "packages/stripe-sandbox"],
    ["-p", "packages/lorchestra/tsconfig.harness.json"],
  ]) {
    execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, ...project], {
      cwd: root,
      stdio: "inherit",
    });
  }
}
