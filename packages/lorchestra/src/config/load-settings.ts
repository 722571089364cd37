import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { LorchestraError } from "../errors.js";
import { resolveSettings, type Settings, type SourceText } from "./settings.js";

export interface LoadSettingsOptions {
  /** The working directory, absolute. Throws where it was deleted: asked only where something is relative to it. */
  readonly cwd: () => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of --config: this file instead of the one that is found upwards from the working directory. */
  readonly configFile: string | null;
  /** Of `init`, which writes it: the file of --config need not be there. Default: false. */
  readonly mayLackFile?: boolean;
  /** Of --warehouse. */
  readonly warehouse: string | null;
}

const PROJECT_FILE = "lorchestra.yaml";

/** Finds, reads and checks the configuration. Throws CONFIG_INVALID with all problems, or CONFIG_UNREADABLE. */
export function loadSettings(options: LoadSettingsOptions): Settings {
  const { cwd, environment, warehouse } = options;
  const { configFile, mayLackFile = false } = options;
  const path =
    configFile === null
      ? projectFile(cwd())
      : isAbsolute(configFile)
        ? resolve(configFile)
        : resolve(cwd(), configFile);
  const file = readText(path, cwd, configFile !== null && !mayLackFile);
  const dotenv = readText(join(dirname(path), ".env"), cwd, false);
  return resolveSettings({ cwd, path, file, dotenv, environment, warehouse });
}

/** The nearest one, or where the first would be written. */
function projectFile(cwd: string): string {
  return findUpwards(cwd) ?? join(cwd, PROJECT_FILE);
}

function findUpwards(from: string): string | null {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, PROJECT_FILE);
    if (existsSync(candidate)) return candidate;
    if (dirname(directory) === directory) return null;
  }
}

/** A configuration is a page of text; what is larger is another file, named by mistake. */
const MAX_SIZE_BYTES = 1 << 20;

/** Null when the file does not exist and need not. */
function readText(path: string, cwd: () => string, required: boolean): SourceText | null {
  const shown = showPath(path, cwd);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined && !required) return null;
    if (found !== undefined && found.size > MAX_SIZE_BYTES) throw unreadable(shown, "is larger than 1 MiB");
    const text = textOf(readFileSync(path));
    if (text.includes("\0")) throw unreadable(shown, "is no text in UTF-8", undefined, SAVE_AS_UTF8);
    return { path, shown, directory: dirname(path), text };
  } catch (error) {
    if (error instanceof LorchestraError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const readable = `Let this user read ${path}, and enter its folder: ls -ld shows who may.`;
    const hint = required ? (code === "ENOENT" ? WRITE_IT : ANOTHER_FILE) : readable;
    throw unreadable(shown, REASONS[code] ?? `cannot be read (${code || "unknown reason"})`, error, hint);
  }
}

/** In UTF-8, or in UTF-16 where its first two bytes say so: PowerShell writes that. */
function textOf(bytes: Buffer): string {
  if (bytes.length % 2 === 0 && bytes[0] === 0xfe && bytes[1] === 0xff) bytes.swap16();
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString("utf8");
}

const ANOTHER_FILE = "Name another file with --config.";
const WRITE_IT = "Name another file with --config, or write this one: run `lorchestra init` with the same --config.";
const SAVE_AS_UTF8 = "Save it as UTF-8; in PowerShell: Set-Content -Encoding utf8.";

function unreadable(shown: string, reason: string, cause?: unknown, hint = ANOTHER_FILE): LorchestraError {
  return new LorchestraError("CONFIG_UNREADABLE", `${shown} ${reason}`, {
    hint,
    facts: { file: shown },
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be read by this user",
  EISDIR: "is a directory",
  ENOTDIR: "does not exist",
};

/** Relative where that is shorter and stays below the working directory, if that is still there. */
function showPath(path: string, cwd: () => string): string {
  let fromHere: string;
  try {
    fromHere = relative(cwd(), path);
  } catch {
    // An absolute path does without: whatever needs the folder asks for it again, and fails.
    return path;
  }
  return fromHere.startsWith("..") || fromHere === "" ? path : fromHere;
}
