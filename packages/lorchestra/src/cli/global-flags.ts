import { Option } from "commander";

/** What may stand anywhere on a command line. */
export interface GlobalFlags {
  readonly config?: string;
  readonly warehouse?: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly debug?: true;
}

/** As the program declares them. */
export function globalOptions(): Option[] {
  return [
    new Option("--config <file>", "the configuration, instead of the nearest lorchestra.yaml"),
    new Option("--warehouse <address>", "the warehouse, instead of the configured one"),
    new Option("--json", "print one JSON document, also on failure"),
    new Option("--quiet", "print nothing but answers and errors"),
    new Option("--debug", "add technical detail to errors"),
  ];
}

/** The global flags, found before anything is parsed: how errors are told must not depend on a command line without errors. */
export function readGlobalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const valueOf = (flag: string): string | undefined => {
    const index = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const word = words[index];
    if (word === undefined) return undefined;
    return word === flag ? words[index + 1] : word.slice(flag.length + 1);
  };
  const config = valueOf("--config");
  const warehouse = valueOf("--warehouse");
  return {
    ...(config === undefined ? {} : { config }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(words.includes("--json") ? { json: true } : {}),
    ...(words.includes("--quiet") ? { quiet: true } : {}),
    ...(words.includes("--debug") ? { debug: true } : {}),
  };
}
