import { spawnSync } from "node:child_process";

/** A way to run shell commands where a folder is a file system of its own, with little space. */
export interface SmallDisk {
  /** For people: how it is made. */
  readonly name: string;
  /** A command that runs `script` in bash; `$DISK` is the folder, and `resize` and `protect` are functions of the shell. */
  command(script: string): { readonly command: string; readonly argv: readonly string[] };
}

/**
 * A real file system in memory, seen by one process alone: as root, or as a user who may make namespaces. Null where
 * the machine allows neither, which one line on stderr then says.
 */
export function smallDisk(): SmallDisk | null {
  for (const flags of ["-m", "-rm"]) {
    const tried = spawnSync("unshare", [flags, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]);
    if (tried.status !== 0) continue;
    return {
      name: `a tmpfs of its own (unshare ${flags})`,
      command: (script) => ({ command: "unshare", argv: [flags, "bash", "-c", `set -u\n${FUNCTIONS}\n${script}`] }),
    };
  }
  process.stderr.write("\n!!! A FULL DISK IS NOT TESTED: this machine lets nobody mount a file system\n\n");
  return null;
}

const FUNCTIONS = `
resize() { mount -o "remount,size=$1" "$DISK"; }
protect() { mount -o remount,ro "$DISK"; }
mount -t tmpfs -o "size=$SIZE" tmpfs "$DISK" || exit 99
cd "$DISK" || exit 99
`;
