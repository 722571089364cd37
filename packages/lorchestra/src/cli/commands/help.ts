import { LorchestraError } from "../../errors.js";
import { didYouMean } from "../../config/nearest-names.js";
import type { CommandContext } from "../command-context.js";
import type { DefineCommand } from "../command-entry.js";
import { EXIT_CODES } from "../exit-code.js";

export const define: DefineCommand = (command, context) => {
  command
    .argument("[topic...]", "a command, or exit-codes")
    .addHelpText(
      "after",
      "\nExamples:\n  lorchestra help run\n  lorchestra help jobs show\n  lorchestra help exit-codes\n",
    )
    .action(async (topic: readonly string[]) => {
      if (topic.length === 1 && topic[0] === "exit-codes") await printExitCodes(context);
      else await printHelp(topic, context);
    });
};

async function printExitCodes({ io, mode, printJson }: CommandContext): Promise<void> {
  const rows = Object.values(EXIT_CODES);
  if (mode.json) return printJson({ exit_codes: rows });
  await io.stdout.write(rows.map(({ code, meaning }) => `${String(code).padStart(4)}  ${meaning}\n`).join(""));
}

/** `topic`: a command and, if it has such, one of its own. */
async function printHelp(topic: readonly string[], context: CommandContext): Promise<void> {
  let command = await context.program(topic.slice(0, 1));
  for (const [index, word] of topic.entries()) {
    const names = command.commands.map((candidate) => candidate.name());
    const found = command.commands.find((candidate) => candidate.name() === word);
    if (found === undefined) throw noHelp(topic.slice(0, index + 1), index === 0 ? [...names, "exit-codes"] : names);
    command = found;
  }
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  await (context.mode.json ? context.printJson({ help: text }) : context.io.stdout.write(text));
}

function noHelp(topic: readonly string[], words: readonly string[]): LorchestraError {
  const above = topic.slice(0, -1);
  const topics = words.map((name) => [...above, name].join(" "));
  const suggestion = didYouMean(topic.join(" "), topics);
  return new LorchestraError("USAGE_INVALID", `no help on ${JSON.stringify(topic.join(" "))}${suggestion}`, {
    hint: `There is help on: ${(topics.length > 0 ? topics : [above.join(" ")]).join(", ")}.`,
  });
}
