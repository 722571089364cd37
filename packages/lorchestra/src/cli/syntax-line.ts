import { spawnSync } from "node:child_process";

/** The line at which a module is no JavaScript, as Node's own check of it says: an error of `import()` has it not. Null where it is all right. */
export function syntaxLine(path: string): number | null {
  const { stderr } = spawnSync(process.execPath, ["--check", path], { encoding: "utf8", timeout: 10_000 });
  const line = /:(\d+)$/m.exec((stderr ?? "").split("\n")[0] ?? "")?.[1];
  return line === undefined ? null : Number(line);
}
