/** As a shell takes it: inside of double quotes these four keep a meaning of their own. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `"${word.replaceAll(/[\\"`$]/g, "\\$&")}"`;
}

/** Those of these flags that were given, with their values, as a shell takes them. */
export function shellFlags(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, shellWord(value)],
  );
}
