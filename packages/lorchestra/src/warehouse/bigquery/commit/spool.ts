import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LorchestraError } from "../../../errors.js";
import { currentHolder, isDead, parseHolder } from "../lease/holder.js";

/** A private directory for files on their way into BigQuery. */
export interface Spool {
  /** Opens the next file, empty, readable by its owner only. */
  create(): Promise<SpoolFile>;
  /** Removes the directory and all that is in it. */
  remove(): Promise<void>;
}

/** A file of newline-delimited JSON. Written once, then only read. */
export interface SpoolFile {
  readonly path: string;
  readonly sizeBytes: number;
  append(line: string, sizeBytes: number): Promise<void>;
  /** Writes out what is buffered; the file is complete afterwards. */
  close(): Promise<void>;
  remove(): Promise<void>;
}

const PREFIX = "lorchestra-bigquery-";
const OWNER = "owner.json";
const BUFFER_BYTES = 1 << 20;

/** Makes the directory, and removes those of processes that have died. */
export async function openSpool(parent: string = tmpdir()): Promise<Spool> {
  await removeAbandoned(parent);
  const directory = await guarded(parent, async () => {
    await mkdir(parent, { recursive: true });
    // mkdtemp makes it with mode 0700, under a name that nobody can have taken.
    const made = await mkdtemp(join(parent, PREFIX));
    await writeFile(join(made, OWNER), JSON.stringify(currentHolder()), { mode: 0o600 });
    return made;
  });
  let count = 0;
  return {
    create: async () => {
      count += 1;
      const path = join(directory, `${count}.ndjson`);
      return spoolFile(path, await guarded(path, () => open(path, "wx", 0o600)));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function spoolFile(path: string, handle: FileHandle): SpoolFile {
  let buffered: string[] = [];
  let bufferedBytes = 0;
  let sizeBytes = 0;
  const flush = async (): Promise<void> => {
    const text = buffered.join("");
    buffered = [];
    bufferedBytes = 0;
    if (text !== "") await guarded(path, () => handle.appendFile(text));
  };
  return {
    path,
    get sizeBytes() {
      return sizeBytes;
    },
    append: async (line, lineBytes) => {
      buffered.push(line);
      bufferedBytes += lineBytes;
      sizeBytes += lineBytes;
      if (bufferedBytes >= BUFFER_BYTES) await flush();
    },
    close: async () => {
      await flush();
      await handle.close();
    },
    remove: async () => {
      await handle.close().catch(() => {
        // Closed before: then only the file is left.
      });
      await rm(path, { force: true });
    },
  };
}

/** Only directories of this user, whose process is certainly gone. */
async function removeAbandoned(parent: string): Promise<void> {
  const here = currentHolder();
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(PREFIX))) {
    const directory = join(parent, name);
    try {
      const { uid } = await stat(directory);
      const owner = parseHolder(await readFile(join(directory, OWNER), "utf8"));
      if (uid === process.getuid?.() && owner !== null && isDead(owner, here)) {
        await rm(directory, { recursive: true, force: true });
      }
    } catch {
      // Another process removes it at this moment, or it is being made: not ours to touch.
    }
  }
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ENOSPC" || code === "EDQUOT") {
      throw new LorchestraError("WAREHOUSE_FULL", `no space left for ${path}`, {
        hint: "free some space where temporary files are kept, or set TMPDIR to a directory that has it",
        facts: { path },
        cause: error,
      });
    }
    throw new LorchestraError("WAREHOUSE_READ_ONLY", `cannot write ${path} (${code})`, {
      hint: "set TMPDIR to a directory that can be written: changes wait there for their upload",
      facts: { path, code },
      cause: error,
    });
  }
}
