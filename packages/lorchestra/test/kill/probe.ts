/**
 * Loaded before the command (`node --import`): tells over file descriptor 3 what the process is doing, and kills it at a
 * chosen statement or change of a file. The program under test knows nothing of it.
 */
import { subscribe } from "node:diagnostics_channel";
import fs, { writeSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import type * as DuckDB from "@duckdb/node-api";
import type { ProbeOrder } from "./probe-order.js";

const order = JSON.parse(process.env["LORCHESTRA_PROBE"] ?? "{}") as ProbeOrder;
const passes = new Map<string, number>();

function tell(mark: string): void {
  try {
    writeSync(3, `${mark}\n`);
  } catch {
    // Nobody listens any more: the harness is gone.
  }
}

function killAfter(delayMs: number): void {
  const kill = (): void => void process.kill(process.pid, "SIGKILL");
  if (delayMs === 0) kill();
  else setTimeout(kill, delayMs);
}

function pass(name: string): number {
  const count = (passes.get(name) ?? 0) + 1;
  passes.set(name, count);
  return count;
}

subscribe("undici:request:create", () => tell("request"));

if (order.watchesDuckdb) watchStatements();
watchFiles();

function watchStatements(): void {
  const { DuckDBConnection } = createRequire(import.meta.url)("@duckdb/node-api") as typeof DuckDB;
  const run = DuckDBConnection.prototype.run;
  // By connection: one that only reads has transactions of its own in between.
  const committing = new WeakSet<object>();
  DuckDBConnection.prototype.run = async function observed(this: InstanceType<typeof DuckDBConnection>, sql, ...rest) {
    const [word = ""] = sql.trimStart().split(/\s/, 1);
    if (word === "BEGIN") committing.delete(this);
    // Only a load's commit writes the checkpoint, or rows.
    if (/lorchestra_(?:checkpoint|rows_to_write|rows_to_mark)\(/.test(sql) && !committing.has(this)) {
      committing.add(this);
      tell("commit");
    }
    if (word === "COMMIT" || word === "CHECKPOINT") {
      const { kill } = order;
      if (kill?.kind === "statement" && kill.statement === word && pass(word) === kill.pass) killAfter(kill.delayMs);
    }
    try {
      return await run.call(this, sql, ...rest);
    } finally {
      if (word === "COMMIT" && committing.has(this)) tell("committed");
    }
  };
}

/** Only names of this run's own folder count: what Node loads or caches elsewhere is no state of the program. */
function watchFiles(): void {
  const wrap = (target: object, name: string): void => {
    const functions = target as Record<string, (...args: unknown[]) => unknown>;
    const original = functions[name];
    if (original === undefined) return;
    functions[name] = (...args) => {
      const kill = order.kill?.kind === "file" && isOurs(args) && pass("file") === order.kill.pass ? order.kill : null;
      if (kill?.side === "before") killAfter(0);
      const result = original.apply(target, args);
      if (kill?.side === "after") {
        if (result instanceof Promise) void result.finally(() => killAfter(0)).catch(() => {});
        else killAfter(0);
      }
      return result;
    };
  };
  for (const name of ["linkSync", "renameSync", "rmSync", "writeFileSync", "unlinkSync", "mkdirSync"]) wrap(fs, name);
  for (const name of ["rename", "unlink", "mkdir", "mkdtemp", "writeFile", "open", "rm"]) wrap(fs.promises, name);
  syncBuiltinESMExports();
}

function isOurs(args: readonly unknown[]): boolean {
  return order.directory !== undefined && String(args[0]).startsWith(order.directory);
}
