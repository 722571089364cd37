import { LorchestraError } from "../../errors.js";
import { didYouMean } from "../../config/nearest-names.js";
import type { CommandContext } from "../command-context.js";
import { COMMANDS, type DefineCommand } from "../commands.js";
import { EXIT_CODES } from "../exit-code.js";
import { createProgram } from "../program.js";

export const define: DefineCommand = (command, context) => {
  command
    .argument("[topic]", "a command, or exit-codes")
    .addHelpText("after", "\nExamples:\n  lorchestra help run\n  lorchestra help exit-codes\n")
    .action(async (topic: string | undefined) => {
      if (topic === "exit-codes") await printExitCodes(context);
      else await printHelp(topic, context);
    });
};

async function printExitCodes({ io, mode, printJson }: CommandContext): Promise<void> {
  const rows = Object.values(EXIT_CODES);
  if (mode.json) return printJson({ exit_codes: rows });
  await io.stdout.write(rows.map(({ code, meaning }) => `${String(code).padStart(4)}  ${meaning}\n`).join(""));
}

async function printHelp(topic: string | undefined, context: CommandContext): Promise<void> {
  const topics = [...COMMANDS.map((entry) => entry.name), "exit-codes"];
  const program = await createProgram(context, topic === undefined ? [] : [topic]);
  const command = topic === undefined ? program : program.commands.find((candidate) => candidate.name() === topic);
  if (command === undefined)
    throw new LorchestraError(
      "USAGE_INVALID",
      `no help on ${JSON.stringify(topic)}${didYouMean(topic ?? "", topics)}`,
      {
        hint: `There is help on: ${topics.join(", ")}.`,
      },
    );
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  await (context.mode.json ? context.printJson({ help: text }) : context.io.stdout.write(text));
}
