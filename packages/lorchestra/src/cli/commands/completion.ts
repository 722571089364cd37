import { Argument, type Command, type Option } from "commander";
import { BUILT_IN_JOBS } from "../../jobs/built-in-jobs.js";
import type { DefineCommand } from "../command-entry.js";
import {
  type CompletionCommand,
  type CompletionFlag,
  completionScript,
  type CompletionWords,
  SHELLS,
} from "../output/completion-script.js";

export const define: DefineCommand = (command, context) => {
  command
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const program = await context.program("all");
      const script = completionScript(shell, wordsOf(program, Object.keys(BUILT_IN_JOBS)));
      await (context.mode.json ? context.printJson({ shell, script }) : context.io.stdout.write(script));
    });
};

const EXAMPLES = `
Examples:
  lorchestra completion bash > ~/.local/share/bash-completion/completions/lorchestra
  lorchestra completion zsh > "\${fpath[1]}/_lorchestra"
  lorchestra completion fish > ~/.config/fish/completions/lorchestra.fish
`;

/** Commands that take names of jobs. */
const TAKE_JOBS: readonly string[] = ["run", "verify", "plan", "jobs show"];

function wordsOf(program: Command, jobs: readonly string[]): CompletionWords {
  const topics = [...program.commands.map((command) => command.name()), "exit-codes"];
  return {
    commands: program.commands.flatMap((command) => [
      completionCommand(command.name(), command, { jobs, topics }),
      ...command.commands.map((child) =>
        completionCommand(`${command.name()} ${child.name()}`, child, { jobs, topics }),
      ),
    ]),
    globalFlags: [...program.options.flatMap(flagOf), { name: "--help", takes: "nothing" }],
  };
}

interface Named {
  readonly jobs: readonly string[];
  /** What there is help on. */
  readonly topics: readonly string[];
}

function completionCommand(name: string, command: Command, { jobs, topics }: Named): CompletionCommand {
  return {
    name,
    summary: command.summary(),
    flags: command.options.flatMap(flagOf),
    words: [
      ...command.commands.map((child) => child.name()),
      ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      ...(TAKE_JOBS.includes(name) ? jobs : []),
      ...(name === "help" ? topics : []),
    ],
  };
}

function flagOf({ long, required }: Option): CompletionFlag[] {
  if (long === undefined) return [];
  return [{ name: long, takes: !required ? "nothing" : long === "--config" ? "file" : "text" }];
}
