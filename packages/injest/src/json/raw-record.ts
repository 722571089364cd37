import { isAscii } from "node:buffer";
import type { RawRecord } from "../source.js";
import { contentHash, type CheckedText } from "./content-hash.js";
import type { VolatileFields } from "./volatile-fields.js";

/** Makes a record of a text that was scanned; decodes and hashes nothing before it is asked. */
export function rawRecord<R>(text: CheckedText, volatile: VolatileFields): RawRecord<R> {
  return new TextRecord<R>(text, volatile);
}

// A class, because a million of these are made: its getters stand once on the prototype.
class TextRecord<R> implements RawRecord<R> {
  readonly #text: CheckedText;
  readonly #volatile: VolatileFields;
  #contentHash: string | undefined;

  constructor(text: CheckedText, volatile: VolatileFields) {
    this.#text = text;
    this.#volatile = volatile;
  }

  get bytes(): Buffer {
    return this.#text.bytes;
  }

  get sizeBytes(): number {
    return this.#text.bytes.length;
  }

  /** Decoded anew each time: a string kept beside the bytes would double the memory of a batch. */
  get json(): string {
    const { bytes } = this.#text;
    return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
  }

  get contentHash(): string {
    return (this.#contentHash ??= contentHash(this.#text, this.#volatile));
  }

  parse(): R {
    return JSON.parse(this.json) as R;
  }
}
