/** As a shell takes it: inside of double quotes these four keep a meaning of their own. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `"${word.replaceAll(/[\\"`$]/g, "\\$&")}"`;
}
