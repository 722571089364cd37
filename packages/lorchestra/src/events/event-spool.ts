import { createHash } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { LorchestraError } from "../errors.js";
import { newUlid } from "../ids.js";
import type { EventRow } from "./event-row.js";

/**
 * Keeps event rows on this machine until their warehouse takes them.
 *
 * A file a `keep`, complete or absent, readable by its owner only. Several processes may keep and take at once: rows
 * that two of them deliver are still one row each, by `event_id`.
 */
export interface EventSpool {
  keep(rows: readonly EventRow[]): Promise<void>;
  /**
   * Calls `deliver` once a kept file, oldest first, and forgets the file when it returns; returns how many rows. A file that is
   * refused stays, and those after it come all the same; then it throws the first refusal. Where nothing can be
   * delivered now, whatever it is, it throws at once.
   */
  take(deliver: (rows: readonly EventRow[]) => Promise<void>): Promise<number>;
}

export interface SpoolOptions {
  /** Made when something has to be kept, with mode 0700. */
  readonly directory: string;
  /** Names the warehouse and its tables unmistakably: its `identity`, and the tables' prefix. Only its hash is written. */
  readonly warehouseKey: string;
}

export function createEventSpool({ directory, warehouseKey }: SpoolOptions): EventSpool {
  const prefix = `events-${createHash("sha256").update(warehouseKey).digest("hex").slice(0, 16)}-`;
  return {
    async keep(rows) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, `${prefix}${newUlid(Date.now())}.ndjson`);
      try {
        await writeDurably(`${path}.part`, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
        await rename(`${path}.part`, path);
      } catch (error) {
        await unlink(`${path}.part`).catch(() => {
          // It was never made, or cannot be removed either: what failed before is what counts.
        });
        throw error;
      }
    },
    async take(deliver) {
      let rowCount = 0;
      let refusal: { readonly error: unknown } | null = null;
      for (const name of await spooledFiles(directory, prefix)) {
        const rows = await readRows(join(directory, name));
        if (rows === null) continue;
        try {
          await deliver(rows);
        } catch (error) {
          if (concernsAll(error)) throw error;
          refusal ??= { error };
          continue;
        }
        await unlink(join(directory, name)).catch(ignoreMissing);
        rowCount += rows.length;
      }
      if (refusal !== null) throw refusal.error;
      return rowCount;
    },
  };
}

/** Whether other rows would fare no better: it is their place that takes nothing, or nothing now, or the run was asked to stop. */
function concernsAll(error: unknown): boolean {
  return !(error instanceof LorchestraError) || (error.remedy !== "report" && error.remedy !== "fix-data");
}

async function spooledFiles(directory: string, prefix: string): Promise<string[]> {
  const names = await readdir(directory).catch(ignoreMissing);
  return (names ?? []).filter((name) => name.startsWith(prefix) && name.endsWith(".ndjson")).sort();
}

/** Null when another process took the file in the meantime. A file that is no spool is set aside: it may not block runs. */
async function readRows(path: string): Promise<EventRow[] | null> {
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  if (text === undefined) return null;
  try {
    return text.split("\n").filter(Boolean).map(parseRow);
  } catch {
    await rename(path, `${path}.damaged`);
    return null;
  }
}

function parseRow(line: string): EventRow {
  const row = JSON.parse(line) as Omit<EventRow, "created_at"> & { created_at: string };
  return { ...row, created_at: new Date(row.created_at) };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
