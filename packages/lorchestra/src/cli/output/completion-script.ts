export const SHELLS = ["bash", "zsh", "fish"] as const;

/** What can be typed, as data. */
export interface CompletionWords {
  readonly commands: readonly CompletionCommand[];
  readonly globalFlags: readonly CompletionFlag[];
}

export interface CompletionCommand {
  /** Of a subcommand with its command's: `jobs show`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  /** Names of jobs, subcommands, topics. */
  readonly words: readonly string[];
}

export interface CompletionFlag {
  readonly name: string;
  /** Whether a value stands behind it. */
  readonly takes: "nothing" | "file" | "text";
}

/** A completion script that knows all by itself: it starts no process while a person is typing. */
export function completionScript(shell: (typeof SHELLS)[number], words: CompletionWords): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](words);
}

function bashScript(all: CompletionWords): string {
  const { commands, globalFlags } = all;
  const cases = commands.map(
    ({ name, flags, words }) =>
      `    '${name}') words="${[...words, ...flagNames([...flags, ...globalFlags])].join(" ")}" ;;`,
  );
  return `# lorchestra completion for bash
_lorchestra() {
  local current=\${COMP_WORDS[COMP_CWORD]} command= word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${commandCase(commands)}
  done
  case \${COMP_WORDS[COMP_CWORD-1]} in
    ${valuePattern(all, "file")}) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null; return ;;
    ${valuePattern(all, "text")}) COMPREPLY=(); return ;;
  esac
  case $command in
${cases.join("\n")}
    *) words="${[...topNames(commands), ...flagNames(globalFlags)].join(" ")}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _lorchestra lorchestra
`;
}

function zshScript(all: CompletionWords): string {
  const { commands, globalFlags } = all;
  const described = commands.filter(isTop).map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = commands.map(
    ({ name, flags, words }) =>
      `    '${name}') compadd -- ${[...words, ...flagNames([...flags, ...globalFlags])].join(" ")} ;;`,
  );
  // In a folder of $fpath the file is the function's body; sourced, it has to say what it completes.
  return `#compdef lorchestra
# lorchestra completion for zsh
_lorchestra() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  local command= word
  for word in \${words[2,CURRENT-1]}; do
${commandCase(commands)}
  done
  case \${words[CURRENT-1]} in
    ${valuePattern(all, "file")}) _files; return ;;
    ${valuePattern(all, "text")}) return ;;
  esac
  case $command in
${cases.join("\n")}
    *) _describe command commands; compadd -- ${flagNames(globalFlags).join(" ")} ;;
  esac
}
if [[ \${funcstack[1]} == _lorchestra ]]; then _lorchestra "$@"; else compdef _lorchestra lorchestra; fi
`;
}

function fishScript({ commands, globalFlags }: CompletionWords): string {
  const names = topNames(commands).join(" ");
  const flagLine = (condition: string, { name, takes }: CompletionFlag): string =>
    `complete -c lorchestra${condition} -l ${name.slice(2)}${{ nothing: "", file: " -r -F", text: " -x" }[takes]}`;
  const lines = commands.flatMap(({ name, summary, flags, words }) => {
    const [top = "", sub] = name.split(" ");
    const subs = commands
      .filter((other) => other.name.startsWith(`${name} `))
      .map((other) => other.name.slice(name.length + 1));
    const seen = [
      `__fish_seen_subcommand_from ${top}`,
      ...(sub === undefined ? [] : [`__fish_seen_subcommand_from ${sub}`]),
    ];
    const noneOf = subs.length === 0 ? "" : `; and not __fish_seen_subcommand_from ${subs.join(" ")}`;
    const condition = ` -n "${seen.join("; and ")}${noneOf}"`;
    return [
      ...(sub === undefined
        ? [`complete -c lorchestra -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d '${quoted(summary)}'`]
        : []),
      ...(words.length > 0 ? [`complete -c lorchestra${condition} -a "${words.join(" ")}"`] : []),
      ...flags.map((flag) => flagLine(condition, flag)),
    ];
  });
  const everywhere = globalFlags.map((flag) => flagLine("", flag));
  return ["# lorchestra completion for fish", "complete -c lorchestra -f", ...everywhere, ...lines, ""].join("\n");
}

/** Finds the command, and its subcommand, by their names: the value of an option before them is none. */
function commandCase(commands: readonly CompletionCommand[]): string {
  const named = (wanted: readonly CompletionCommand[]): string[] => wanted.map(({ name }) => `"${name}"`);
  const tops = commands.filter(isTop).map(({ name }) => `" ${name}"`);
  const subs = named(commands.filter((command) => !isTop(command)));
  return [
    `    case "$command $word" in`,
    `      ${tops.join("|")}) command=$word ;;`,
    ...(subs.length === 0 ? [] : [`      ${subs.join("|")}) command="$command $word" ;;`]),
    "    esac",
  ].join("\n");
}

function valuePattern({ commands, globalFlags }: CompletionWords, takes: CompletionFlag["takes"]): string {
  const flags = [...globalFlags, ...commands.flatMap((command) => command.flags)];
  return [...new Set(flagNames(flags.filter((flag) => flag.takes === takes)))].join("|");
}

function isTop({ name }: CompletionCommand): boolean {
  return !name.includes(" ");
}

function topNames(commands: readonly CompletionCommand[]): string[] {
  return commands.filter(isTop).map(({ name }) => name);
}

function flagNames(flags: readonly CompletionFlag[]): string[] {
  return flags.map(({ name }) => name);
}

/** For single quotes in zsh and fish; a colon would end the name in zsh. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", "\\:");
}
