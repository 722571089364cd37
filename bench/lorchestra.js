import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureProcess } from "./measure-process.js";

export const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const BIN = inRoot("packages/lorchestra/bin/lorchestra.js");

export const JOBS = ["customers", "invoices", "payment_intents", "refunds"].map((name) => `stripe_ingest_${name}`);

/** Runs a task in a project of its own, which is gone afterwards; `run` is the built command, measured. */
export async function withProject(env, task) {
  const cwd = mkdtempSync(join(tmpdir(), "lorchestra-bench-"));
  cpSync(inRoot("lorchestra.yaml"), join(cwd, "lorchestra.yaml"));
  const run = async (...args) => {
    const measured = await measureProcess(BIN, args, { env, cwd });
    if (measured.exitCode !== 0) throw new Error(`lorchestra ${args.join(" ")} ended with ${measured.exitCode}`);
    return measured;
  };
  try {
    return await task({ run, cwd });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** A figure of all the jobs of a run's JSON document, added up. */
export function sumOfJobs({ stdout }, name) {
  return JSON.parse(stdout).jobs.reduce((sum, job) => sum + job[name], 0);
}
