import type { DefineCommand } from "../commands.js";
import { readVersion } from "../version.js";

export const define: DefineCommand = (command, context) => {
  command.action(async () => {
    const version = readVersion();
    if (context.mode.json) await context.printJson({ version, node: process.version });
    else await context.io.stdout.write(`${version}\n`);
  });
};
