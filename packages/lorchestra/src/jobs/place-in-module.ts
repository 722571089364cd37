import { basename, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where in a module, or in what it imports of its own folder, an error of its import lies: "line 3", "line 7 of lib.js", "the
 * package stripe is not installed". Null where nothing tells. Of the error's message nothing is repeated but the name that
 * Node gives for what it did not find: it may quote what the module read.
 */
export function placeInModule(path: string, error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return notFound(path, error.message);
  for (const line of (error.stack ?? "").split("\n")) {
    const [, url = "", number = ""] = FRAME.exec(line) ?? [];
    if (url === "") continue;
    const file = pathOf(url);
    if (file === path) return `line ${number}`;
    const inFolder = relative(dirname(path), file);
    if (file !== "" && !inFolder.startsWith("..")) return `line ${number} of ${inFolder}`;
  }
  return null;
}

/** A frame of a stack, or the line above it where Node says which import was wrong. */
const FRAME = /^(?: +at .*?\(?)?(file:\/\/[^()]*?):(\d+)(?::\d+)?\)?$/;

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return "";
  }
}

function notFound(path: string, message: string): string | null {
  const [, kind, name = ""] = /^Cannot find (package|module) '([^'\n]+)' imported from /.exec(message) ?? [];
  if (kind === "package") return `the package ${name} is not installed beside it`;
  if (kind === undefined || name === path) return null;
  return `there is no ${relative(dirname(path), name) || basename(name)}`;
}
