/**
 * A JSON text taken apart without loss: numbers keep their text, and every value knows where it stands.
 *
 * JSON.parse would make 9007199254740993 and 9007199254740992 equal, and 1.10 and 1.1000000000000000001.
 */
export type JsonNode = JsonLeaf | JsonList | JsonFields;

interface Placed {
  /** The value's own text, as it stands in the document. */
  readonly text: string;
}

export interface JsonLeaf extends Placed {
  readonly kind: "string" | "number" | "literal";
  /** Equal for equal values: strings decoded, numbers in one form (1.10, 1.1 and 11e-1 are the same). */
  readonly value: string;
}

export interface JsonList extends Placed {
  readonly kind: "list";
  readonly items: readonly JsonNode[];
}

export interface JsonFields extends Placed {
  readonly kind: "fields";
  /** Of a name that comes twice the last one counts, as JSON.parse has it. */
  readonly fields: ReadonlyMap<string, JsonNode>;
}

/** Throws SyntaxError, without a word of the text, where it is no JSON. */
export function parseExactly(text: string): JsonNode {
  let at = 0;

  const refuse = (): never => {
    throw new SyntaxError(`no JSON at character ${at}`);
  };
  const skipSpace = (): void => {
    while (SPACE.has(text.charCodeAt(at))) at += 1;
  };
  /** Steps over the mark, and the space after it, if it stands here. */
  const take = (mark: string): boolean => {
    if (text[at] !== mark) return false;
    at += 1;
    skipSpace();
    return true;
  };

  const value = (): JsonNode => {
    const first = text[at];
    if (first === "{") return fields();
    if (first === "[") return list();
    const leaf: JsonLeaf = first === '"' ? string() : (numberOrLiteral() ?? refuse());
    skipSpace();
    return leaf;
  };

  const fields = (): JsonFields => {
    const from = at;
    const found = new Map<string, JsonNode>();
    take("{");
    if (text[at] !== "}") {
      do {
        const name = text[at] === '"' ? string().value : refuse();
        skipSpace();
        if (!take(":")) refuse();
        found.set(name, value());
      } while (take(","));
    }
    return { kind: "fields", fields: found, text: closed(from, "}") };
  };

  const list = (): JsonList => {
    const from = at;
    const items: JsonNode[] = [];
    take("[");
    if (text[at] !== "]") {
      do items.push(value());
      while (take(","));
    }
    return { kind: "list", items, text: closed(from, "]") };
  };

  const closed = (from: number, mark: string): string => {
    const whole = text.slice(from, at + 1);
    if (!take(mark)) refuse();
    return whole;
  };

  const string = (): JsonLeaf => {
    let end = at;
    do {
      end = text.indexOf('"', end + 1);
      if (end === -1) refuse();
    } while (isEscaped(text, end));
    const own = text.slice(at, end + 1);
    at = end + 1;
    return { kind: "string", value: JSON.parse(own) as string, text: own };
  };

  const numberOrLiteral = (): JsonLeaf | null => {
    SCALAR.lastIndex = at;
    const own = SCALAR.exec(text)?.[0];
    if (own === undefined) return null;
    at += own.length;
    if (own === "true" || own === "false" || own === "null") return { kind: "literal", value: own, text: own };
    return { kind: "number", value: normalNumber(own), text: own };
  };

  skipSpace();
  const root = value();
  return at === text.length ? root : refuse();
}

/** The same of a text that another hand may have stored: null where it is no JSON. */
export function parseStored(text: string): JsonNode | null {
  try {
    return parseExactly(text);
  } catch {
    return null;
  }
}

const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Whether the quotation mark at `quote` belongs to the string: an odd number of backslashes stands before it. */
function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/** A number as digits without zeros at either end, and a power of ten: "-11e-1" for -1.10. */
function normalNumber(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
