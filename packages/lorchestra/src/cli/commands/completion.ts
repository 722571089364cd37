import { Argument, type Command } from "commander";
import { BUILT_IN_JOBS } from "../../jobs/built-in-jobs.js";
import { COMMANDS, type DefineCommand } from "../commands.js";
import { completionScript, type CompletionWords, SHELLS } from "../output/completion-script.js";
import { createProgram } from "../program.js";

export const define: DefineCommand = (command, context) => {
  command
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const program = await createProgram(
        context,
        COMMANDS.map((entry) => entry.name),
      );
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
const TAKE_JOBS: readonly string[] = ["run", "verify", "plan"];

function wordsOf(program: Command, jobs: readonly string[]): CompletionWords {
  const flagsOf = (command: Command): string[] => command.options.flatMap((option) => option.long ?? []);
  const globalFlags = [...flagsOf(program), "--help"];
  return {
    commands: program.commands.map((command) => ({
      name: command.name(),
      summary: command.summary(),
      flags: [...flagsOf(command), ...globalFlags],
      words: [
        ...command.commands.map((child) => child.name()),
        ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
        ...(TAKE_JOBS.includes(command.name()) ? jobs : []),
        ...(command.name() === "help" ? [...COMMANDS.map((entry) => entry.name), "exit-codes"] : []),
      ],
    })),
    globalFlags,
  };
}
