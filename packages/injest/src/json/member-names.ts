import type { JsonText } from "./json-text.js";

/** A few member names, found among an object's keys without decoding the others. */
export class MemberNames {
  readonly #byLength: Candidate[][];
  readonly #all: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#all = new Set(names);
    const candidates = [...this.#all].map((name) => ({ name, bytes: Buffer.from(name) }));
    const longest = Math.max(0, ...candidates.map(({ bytes }) => bytes.length));
    this.#byLength = Array.from({ length: longest + 1 }, (_, length) =>
      candidates.filter(({ bytes }) => bytes.length === length),
    );
  }

  /** The one of these names that the key from `start` (its quote) to `end` is. */
  find(text: JsonText, start: number, end: number): string | undefined {
    // "\u0069d" is the key "id" too.
    if (text.lastEscapeAt > start) {
      const key = text.readString(start, end);
      return key !== undefined && this.#all.has(key) ? key : undefined;
    }
    const length = end - start - 2;
    if (length >= this.#byLength.length) return undefined;
    for (const { name, bytes } of this.#byLength[length] as Candidate[]) {
      let index = 0;
      while (index < length && text.bytes[start + 1 + index] === bytes[index]) index++;
      if (index === length) return name;
    }
    return undefined;
  }
}

interface Candidate {
  readonly name: string;
  readonly bytes: Buffer;
}
