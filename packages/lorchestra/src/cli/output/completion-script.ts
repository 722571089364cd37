export const SHELLS = ["bash", "zsh", "fish"] as const;

/** What can be typed, as data. */
export interface CompletionWords {
  readonly commands: readonly {
    readonly name: string;
    readonly summary: string;
    readonly flags: readonly string[];
    /** Names of jobs, subcommands, topics. */
    readonly words: readonly string[];
  }[];
  readonly globalFlags: readonly string[];
}

/** A completion script that knows all by itself: it starts no process while a person is typing. */
export function completionScript(shell: (typeof SHELLS)[number], words: CompletionWords): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](words);
}

function bashScript({ commands, globalFlags }: CompletionWords): string {
  const cases = commands.map(({ name, flags, words }) => `    ${name}) words="${[...words, ...flags].join(" ")}" ;;`);
  const names = commands.map(({ name }) => name);
  return `# lorchestra completion for bash
_lorchestra() {
  local current=\${COMP_WORDS[COMP_CWORD]} command= word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case \${COMP_WORDS[COMP_CWORD-1]} in --config) COMPREPLY=($(compgen -f -- "$current")); return ;; esac
  case $command in
${cases.join("\n")}
    *) words="${[...names, ...globalFlags].join(" ")}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _lorchestra lorchestra
`;
}

function zshScript({ commands, globalFlags }: CompletionWords): string {
  const described = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = commands.map(
    ({ name, flags, words }) => `    ${name}) compadd -- ${[...words, ...flags].join(" ")} ;;`,
  );
  return `#compdef lorchestra
# lorchestra completion for zsh
_lorchestra() {
  local -a commands
  commands=(
${described.join("\n")}
  )
  local command= word
  for word in "\${words[@]:1:CURRENT-2}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case \${words[CURRENT-1]} in --config) _files; return ;; esac
  case $command in
${cases.join("\n")}
    *) _describe command commands; compadd -- ${globalFlags.join(" ")} ;;
  esac
}
compdef _lorchestra lorchestra
`;
}

function fishScript({ commands, globalFlags }: CompletionWords): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap(({ name, summary, flags, words }) => [
    `complete -c lorchestra -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d '${quoted(summary)}'`,
    ...(words.length > 0
      ? [`complete -c lorchestra -n "__fish_seen_subcommand_from ${name}" -a "${words.join(" ")}"`]
      : []),
    ...flags
      .filter((flag) => !globalFlags.includes(flag))
      .map((flag) => `complete -c lorchestra -n "__fish_seen_subcommand_from ${name}" -l ${flag.slice(2)}`),
  ]);
  const everywhere = globalFlags.map(
    (flag) => `complete -c lorchestra -l ${flag.slice(2)}${flag === "--config" ? " -r -F" : ""}`,
  );
  return ["# lorchestra completion for fish", "complete -c lorchestra -f", ...everywhere, ...lines, ""].join("\n");
}

/** For single quotes in zsh and fish; a colon would end the name in zsh. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", "\\:");
}
