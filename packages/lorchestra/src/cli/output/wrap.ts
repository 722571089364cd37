/** A text that comes from elsewhere, on one line: no character of it may move the terminal's cursor or colour what follows. */
export function onOneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => ESCAPES[control] ?? "\ufffd");
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text on one line, with an ellipsis in place of what is beyond so many characters. */
export function cut(text: string, limit: number): string {
  const oneLine = onOneLine(text);
  if (oneLine.length <= limit) return oneLine;
  // Half of a pair of surrogates is no character.
  return `${oneLine.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Breaks a text into lines of at most `columns` characters, between words; a longer word stands alone. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines;
}
