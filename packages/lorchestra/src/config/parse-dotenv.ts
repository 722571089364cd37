import type { ConfigProblem } from "./problem.js";

export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Parses a `.env` file: `NAME=value` lines, `export` before them, `#` comments, and values in single or double quotes,
 * which may span lines; `\n` and `\"` mean what they do only in double quotes.
 *
 * Node's own `parseEnv` is not used because a line without `=` makes it swallow the next variable, silently.
 * No value reaches a problem's message: it may be a key.
 */
export function parseDotenv(text: string, file: string): Dotenv {
  const rest = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const values = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  let line = 1;
  for (let position = 0; position < rest.length;) {
    const entry = ENTRIES.map((pattern) => matchAt(pattern, rest, position)).find((match) => match !== null);
    const { name, double, single, plain } = entry?.groups ?? {};
    if (entry === undefined) {
      const wrong = UNCLOSED.test(firstLine(rest, position))
        ? "a quoted value is not closed, or something follows its closing quote"
        : "expected NAME=value, a comment that starts with #, or nothing";
      problems.push({ source: file, line, column: 1, path: "", message: wrong });
    }
    if (name !== undefined)
      values.set(name, double === undefined ? (single ?? withoutComment(plain ?? "")) : unescape(double));
    const consumed = entry?.[0] ?? `${firstLine(rest, position)}\n`;
    line += consumed.split("\n").length - 1;
    position += consumed.length;
  }
  return { values: Object.fromEntries(values), problems };
}

const NAME = String.raw`[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*`;
const END = String.raw`[ \t]*(?:#[^\n]*)?(?:\n|$)`;

/** What may stand at the start of a line; the first that fits counts. */
const ENTRIES = [
  END,
  String.raw`${NAME}"(?<double>[^"\\]*(?:\\[^][^"\\]*)*)"${END}`,
  String.raw`${NAME}'(?<single>[^']*)'${END}`,
  String.raw`${NAME}(?<plain>(?!["'])[^\n]*)(?:\n|$)`,
].map((source) => new RegExp(source, "y"));

const UNCLOSED = new RegExp(`^${NAME}["']`);

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function firstLine(text: string, position: number): string {
  const end = text.indexOf("\n", position);
  return text.slice(position, end === -1 ? undefined : end);
}

function withoutComment(value: string): string {
  return value.replace(/(^|[ \t])#.*$/, "").trim();
}

function unescape(text: string): string {
  return text.replace(/\\([nrt"\\])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
