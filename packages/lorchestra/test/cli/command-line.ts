import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "injest/clock";
import type { Io, Output } from "../../src/cli/io.js";
import { main } from "../../src/cli/main.js";

export interface CommandLineResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLineOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
  /** Default: the machine's, but for `nowMs`. */
  readonly clock?: Clock;
  readonly terminal?: boolean;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Default: "America/Toronto". */
  readonly timeZone?: () => string;
  /** Called with each text that is written to stdout. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line in this process, as the bin would. */
export async function commandLine(
  argv: readonly string[],
  options: CommandLineOptions = {},
): Promise<CommandLineResult> {
  const stdout = collector(options.terminal ?? false, options.onOutput);
  const stderr = collector(options.terminal ?? false);
  const nowMs = options.nowMs;
  const io: Io = {
    stdout,
    stderr,
    readInput: () => Promise.resolve(options.input ?? ""),
    environment: options.env ?? {},
    cwd: () => options.cwd ?? tmpdir(),
    clock: options.clock ?? (nowMs === undefined ? systemClock : { ...systemClock, wallMs: () => nowMs }),
    timeZone: options.timeZone ?? (() => "America/Toronto"),
    signal: options.signal ?? new AbortController().signal,
    defect: new Promise<never>(() => {}),
  };
  const code = await main(argv, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A folder that is gone when the test is over, with these files in it. */
export async function folder(
  files: Readonly<Record<string, string>> = {},
): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "lorchestra-cli-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function collector(isTerminal: boolean, onOutput?: (text: string) => void): Output & { readonly text: string } {
  let text = "";
  return {
    write: (part) => {
      text += part;
      onOutput?.(part);
      return Promise.resolve();
    },
    isTerminal,
    columns: 100,
    isClosed: false,
    get text() {
      return text;
    },
  };
}
