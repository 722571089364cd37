import type { DefineCommand } from "../command-entry.js";
import { readVersion, versionDocument } from "../version.js";

export const define: DefineCommand = (command, context) => {
  command.addHelpText("after", "\nExamples:\n  lorchestra version\n  lorchestra version --json\n").action(async () => {
    if (context.mode.json) await context.printJson(versionDocument());
    else await context.io.stdout.write(`${readVersion()}\n`);
  });
};
