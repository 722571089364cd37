import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a child process does with a warehouse, as its first argument. */
export type ChildTask = "hold" | "load-until-killed";

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Resolves with the next line that the child prints. */
  line(): Promise<string>;
  kill(): Promise<void>;
}

/** Starts a process of its own that opens the warehouse in a directory; it uses the built package. */
export function startChild(task: ChildTask, directory: string, environment: Record<string, string> = {}): Child {
  const script = fileURLToPath(new URL("child-process.js", import.meta.url));
  const child = spawn(process.execPath, [script, task, directory], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(part);
      else next(part);
    }
  });
  const closed = once(child, "close");
  return {
    process: child,
    pid: child.pid ?? 0,
    line: () => {
      const line = lines.shift();
      return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
    },
    kill: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
