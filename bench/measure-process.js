import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPORTER = fileURLToPath(new URL("report-usage.js", import.meta.url));

/** Runs a script of Node to its end; its wall time includes the start of the process. */
export async function measureProcess(script, args, { env, cwd, nodeArgs = [] }) {
  const usageFile = join(cwd, "usage.json");
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, "--import", REPORTER, script, ...args], {
    cwd,
    env: { ...process.env, ...env, BENCH_USAGE: usageFile, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.on("data", (text) => (stdout += text));
  const exitCode = await new Promise((resolve) => child.once("exit", resolve));
  const wallSeconds = (performance.now() - startedMs) / 1000;
  return { exitCode, stdout, wallSeconds, ...JSON.parse(readFileSync(usageFile, "utf8")) };
}
