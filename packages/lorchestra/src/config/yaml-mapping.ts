import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { type Field, SECRET_FIELDS } from "./fields.js";
import { didYouMean } from "./nearest-names.js";
import type { ConfigProblem } from "./problem.js";
import { hideSecretShapes, looksLikeSecret } from "./secret-shapes.js";

/** A YAML mapping whose settings are read by their tables; what is wrong is collected with its line and column. */
export interface Mapping {
  keys(): string[];
  /** The plain value under the key; undefined when it is missing or null. */
  value(key: string): unknown;
  /** The mapping under the key; null when it is missing or no mapping. */
  mapping(key: string): Mapping | null;
  /** Checks every key and value against the table; a value that is not accepted is left out. */
  read<Name extends string>(fields: Readonly<Record<Name, Field>>): Partial<Record<Name, unknown>>;
  complain(key: string, message: string, at?: "key" | "value"): void;
}

/** Parses YAML of one document that holds a mapping; `problems` grows while the mapping is read. Never throws. */
export function parseYaml(text: string, file: string): { root: Mapping | null; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const lines = new LineCounter();
  const complain: Complain = (offset, path, message) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ source: file, line: Math.max(line, 1), column: Math.max(col, 1), path, message });
  };
  const document = parseQuietly(text, lines, complain);
  if (document === null) return { root: null, problems };
  // What follows on a mistake is no problem of its own: of brackets that are not closed each one is told again.
  const said = new Set<string>();
  for (const error of document.errors) {
    const message = syntaxMessage(error.code, error.message);
    if (said.size < SYNTAX_PROBLEMS && !said.has(message)) complain(error.pos[0], "", message);
    said.add(message);
  }
  const contents = document.contents;
  if (problems.length > 0 || contents === null || (isScalar(contents) && contents.value === null))
    return { root: null, problems };
  if (!isMap(contents)) {
    complain(contents.range?.[0] ?? 0, "", "expected settings such as `warehouse: duckdb:./lorchestra.duckdb`");
    return { root: null, problems };
  }
  return { root: mappingOf(contents, "", complain), problems };
}

const SYNTAX_PROBLEMS = 5;

type Complain = (offset: number, path: string, message: string) => void;

/** The parser recurses: brackets nested thousands deep end in a RangeError, which is the file's fault, not ours. */
function parseQuietly(text: string, lines: LineCounter, complain: Complain): Document.Parsed | null {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: "error",
      stringKeys: false,
      uniqueKeys: haveOneName,
    });
  } catch {
    complain(0, "", "is nested too deeply to be read");
    return null;
  }
}

/** The parser's messages quote what they stumble over, which may be a key without its usual shape: only known ones are repeated. */
function syntaxMessage(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "this key stands twice; keep one of them";
  if (code === "TAB_AS_INDENT") return "a tab cannot indent; use spaces";
  if (code === "MULTIPLE_DOCS") return "one file holds one document; remove the line ---";
  if (/^[A-Za-z ,'-]+$/.test(message)) return `is not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  return "is not YAML from here on; look at the quotes, colons and indentation";
}

function mappingOf(map: YAMLMap, path: string, complainAt: Complain): Mapping {
  const at = (key: string): string => (path === "" ? shown(key) : `${path}.${shown(key)}`);
  const entries = new Map<string, { keyOffset: number; value: Node | null; valueOffset: number }>();
  for (const { key, value } of map.items) {
    const keyOffset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
    const node = value as Node | null;
    const name = nameOf(key);
    if (name === null) complainAt(keyOffset, path, "a name is expected before the colon");
    else entries.set(name, { keyOffset, value: node, valueOffset: node?.range?.[0] ?? keyOffset });
  }
  const complain: Mapping["complain"] = (key, message, where = "value") => {
    const entry = entries.get(key);
    const offset = where === "key" ? entry?.keyOffset : (entry?.valueOffset ?? map.range?.[0]);
    // Whatever is expected, what the alias stands for may be it.
    complainAt(offset ?? 0, at(key), where === "value" && isAlias(entry?.value) ? ALIAS : message);
  };
  const value: Mapping["value"] = (key) => plain(entries.get(key)?.value ?? null);
  return {
    keys: () => [...entries.keys()],
    value,
    complain,
    mapping: (key) => {
      const node = entries.get(key)?.value;
      return isMap(node) ? mappingOf(node, at(key), complainAt) : null;
    },
    read: (fields) => {
      const known = Object.keys(fields);
      const read: Partial<Record<string, unknown>> = {};
      for (const [key, entry] of entries) {
        if (isSecret(key, entry.value)) complain(key, KEY_IN_FILE);
        else if (key === "<<") complain(key, MERGE, "key");
        else if (!known.includes(key))
          complain(key, `no such setting${didYouMean(key, known) || `; there are: ${known.join(", ")}`}`, "key");
      }
      for (const [key, field] of Object.entries<Field>(fields)) {
        const given = value(key);
        const entry = entries.get(key);
        if (given === undefined) {
          if (field.required) complain(key, `is missing: expected ${field.expects}`);
        } else if (!isAlias(entry?.value) && field.accepts(given)) read[key] = given;
        else if (!isSecret(key, entry?.value ?? null)) complain(key, `expected ${field.expects}`);
      }
      return read;
    },
  };
}

/** A name as it is written: 007 is not 7, nor is `true` anything but a word. Null where there is none. */
function nameOf(key: unknown): string | null {
  if (!isScalar(key)) return null;
  return typeof key.value === "string" ? key.value : key.source || null;
}

/** By their values 7 and "7" would be two keys, and 7 and 007 one. */
function haveOneName(one: unknown, other: unknown): boolean {
  const name = nameOf(one);
  return name !== null && name === nameOf(other);
}

const ALIAS = "an alias cannot stand here; write the value out";
const MERGE = "settings cannot be merged in; write them out";
const KEY_IN_FILE = "a key must not stand here: write api_key_env and put the key into the environment or into .env";

/** A setting that is meant for a key, or a text that looks like one wherever it stands. */
function isSecret(key: string, value: Node | null): boolean {
  const name = key.toLowerCase().replaceAll("-", "_");
  return (
    SECRET_FIELDS.includes(name) || (isScalar(value) && typeof value.value === "string" && looksLikeSecret(value.value))
  );
}

/** A value without its nodes, as deep as settings go: a scalar, a list of scalars, or some mapping. */
function plain(node: Node | null): unknown {
  if (isScalar(node)) return node.value ?? undefined;
  if (isSeq(node)) return node.items.map((item) => (isScalar(item) ? item.value : {}));
  return node === null ? undefined : {};
}

/** A name as a message may show it: short, on one line, no key. */
function shown(key: string): string {
  const oneLine = hideSecretShapes(key).replace(/[^\x20-\x7e\u00a0-\uffff]/g, "?");
  return oneLine.length > 60 ? `${oneLine.slice(0, 59)}…` : oneLine;
}
