import type { CommandContext, OutputMode } from "./command-context.js";
import { COMMANDS } from "./commands.js";
import { decoded } from "../config/decoded.js";
import type { Settings } from "../config/settings.js";
import { type ExitCode, exitCodeOfInterruption } from "./exit-code.js";
import { describeFailure } from "./failure.js";
import { interruptionBehind, type Io, type Output } from "./io.js";
import { createPaint } from "./output/paint.js";
import { printFailure } from "./output/print-failure.js";
import { readGlobalFlags } from "./global-flags.js";
import { commandName, createProgram, parseAndRun } from "./program.js";
import { createRedactor, type Redactor } from "./redactor.js";

/**
 * Runs one command line and returns the process's exit code. Never throws.
 *
 * Every text that is written passes a redactor that knows the keys in use.
 */
export async function main(argv: readonly string[], unguarded: Io): Promise<ExitCode> {
  const redactor = createRedactor();
  const io = guarded(unguarded, redactor);
  const flags = readGlobalFlags(argv);
  const mode: OutputMode = { json: flags.json ?? false, quiet: flags.quiet ?? false, debug: flags.debug ?? false };
  let exitCode: ExitCode = 0;
  const context: CommandContext = {
    io,
    mode,
    redactor,
    paint: { stdout: createPaint(io.stdout, io.environment), stderr: createPaint(io.stderr, io.environment) },
    finish: (code) => {
      exitCode = code;
    },
    program: (wanted) => createProgram(context, wanted),
    runLine: (line, own) => main(line, own),
    printJson: (document) => io.stdout.write(`${redactor.hideStrictly(JSON.stringify(document, null, 2))}\n`),
    settings: async (options = {}) => {
      const { loadSettings } = await import("../config/load-settings.js");
      const { config: configFile = null, warehouse = null } = flags;
      const settings = loadSettings({
        cwd: () => io.cwd(),
        environment: io.environment,
        configFile,
        warehouse,
        ...options,
      });
      for (const secret of secretsOf(settings)) redactor.add(secret);
      return settings;
    },
  };
  try {
    return (await Promise.race([parseAndRun(argv, context), io.defect])) ?? exitCode;
  } catch (thrown) {
    // What fails while it is told is told instead: a command that failed never ends without a word.
    return await reportFailure(thrown, argv, context).catch((another: unknown) =>
      reportFailure(another, argv, context),
    );
  }
}

async function reportFailure(thrown: unknown, argv: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { io, mode } = context;
  const interruption = interruptionBehind(thrown, io.signal);
  if (interruption !== null) {
    const code = exitCodeOfInterruption(interruption);
    if (mode.json)
      await context.printJson({ ...emptyDocument(argv), status: "interrupted", exit_code: code, error: null });
    return code;
  }
  const failure = describeFailure(thrown);
  await printFailure(failure, context);
  if (mode.json) {
    const { code, message, hint, facts, problems, exitCode } = failure;
    const error = { code, message, hint, facts, ...(problems.length > 0 ? { problems } : {}) };
    const document = { ...emptyDocument(argv), status: "failed", exit_code: exitCode, error };
    await context.printJson(document);
  }
  return failure.exitCode;
}

function emptyDocument(argv: readonly string[]): Readonly<Record<string, unknown>> {
  const name = commandName(argv);
  return COMMANDS.find((entry) => entry.name === name)?.emptyDocument ?? {};
}

/** The keys of all connections, and the proxy's password, as its address has it and as it is. */
function secretsOf({ connections, environment }: Settings): string[] {
  const keys = connections.map(({ apiKeyEnv }) => environment[apiKeyEnv]?.trim());
  const password = environment.HTTPS_PROXY === undefined ? "" : new URL(environment.HTTPS_PROXY).password;
  return [...keys, password, decoded(password)].filter((secret) => typeof secret === "string");
}

function guarded(io: Io, redactor: Redactor): Io {
  const guard = (output: Output): Output => ({
    write: (text) => output.write(redactor.hide(text)),
    get isTerminal() {
      return output.isTerminal;
    },
    get columns() {
      return output.columns;
    },
    get isClosed() {
      return output.isClosed;
    },
  });
  return { ...io, stdout: guard(io.stdout), stderr: guard(io.stderr) };
}
