import { invalid, unsupported } from "../sql-problem.js";
import type { Token } from "./token.js";
import { tokenize } from "./tokenize.js";
import type { Name } from "./tree.js";

/** How deep expressions and queries may nest: far above what people write, far below what the stack holds. */
const DEEPEST = 100;
/** How many operators, fields and joins may hang on one another in a statement; each makes the tree one node higher. */
const MOST_LINKS = 2_000;

/** Words that BigQuery reserves: none of them is a name unless it stands in backquotes or after a dot. */
const RESERVED = new Set(
  (
    "ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT " +
    "DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL " +
    "GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP " +
    "MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE " +
    "RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN " +
    "WHERE WINDOW WITH WITHIN"
  ).split(" "),
);

/** A place in the token sequence of one statement, and the small steps every part of the grammar is made of. */
export class TokenReader {
  readonly source: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #links = 0;

  constructor(source: string) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  get token(): Token {
    return this.peek(0);
  }

  peek(ahead: number): Token {
    const token = this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error("a token sequence always has an end");
    return token;
  }

  atEnd(): boolean {
    return this.token.kind === "end";
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#index += 1;
    return token;
  }

  /** True if the tokens ahead are these keywords or symbols. */
  sees(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => is(this.peek(ahead), text));
  }

  /** Reads these keywords or symbols if they come next, all or none. */
  accept(...texts: readonly string[]): boolean {
    if (!this.sees(...texts)) return false;
    this.#index += texts.length;
    return true;
  }

  expect(text: string): Token {
    if (!is(this.token, text)) throw this.unexpected(`\`${text}\``);
    return this.next();
  }

  unexpected(wanted: string): Error {
    const { kind, start, end } = this.token;
    const found =
      kind === "end" ? "the end of the statement" : `\`${this.source.slice(start, Math.min(end, start + 40))}\``;
    return invalid(start, `${wanted} should stand here, not ${found}`);
  }

  /** A keyword of several that is next, read; null if none is. */
  acceptOneOf<const T extends string>(keywords: readonly T[]): T | null {
    const keyword = keywords.find((candidate) => this.sees(candidate));
    if (keyword !== undefined) this.next();
    return keyword ?? null;
  }

  seesName(ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === "quoted" || (kind === "word" && !RESERVED.has(text.toUpperCase()));
  }

  name(what = "a name"): Name {
    if (!this.seesName()) throw this.unexpected(what);
    return this.#takeName();
  }

  /** After a dot any word is a name. */
  fieldName(): Name {
    if (this.token.kind !== "quoted" && this.token.kind !== "word") throw this.unexpected("a field name");
    return this.#takeName();
  }

  /** An alias with or without AS; null if there is none. */
  alias(): Name | null {
    if (this.accept("AS")) return this.name("an alias");
    return this.seesName() ? this.#takeName() : null;
  }

  /** What `item` reads, as often as commas join it. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(",")) items.push(item());
    return items;
  }

  /** Skips to the first token at or after an offset. */
  skipTo(offset: number): void {
    while (!this.atEnd() && this.token.start < offset) this.#index += 1;
  }

  /** Runs `read` one level deeper, so that no statement can exhaust the stack. */
  deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      throw unsupported(this.token.start, `nesting deeper than ${DEEPEST} levels`, "split the query with WITH");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  /** Counts one more node that has an equal operation for its left side, which `deeper` does not see. */
  link(): void {
    this.#links += 1;
    if (this.#links > MOST_LINKS)
      throw unsupported(this.token.start, `a chain of more than ${MOST_LINKS} operators`, "split the query with WITH");
  }

  #takeName(): Name {
    const { kind, text, start } = this.next();
    return { text, at: start, quoted: kind === "quoted" };
  }
}

function is(token: Token, text: string): boolean {
  if (token.kind === "word") return token.text.toUpperCase() === text;
  return token.kind === "symbol" && token.text === text;
}
