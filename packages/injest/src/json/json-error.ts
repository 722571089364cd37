/**
 * A text that is not JSON, or not of the shape that was asked for.
 *
 * Says where and what was expected there, never what stands there: it may be a person's name or a key.
 */
export class JsonError extends Error {
  override readonly name = "JsonError";
  /** `syntax`: `JSON.parse` would refuse it too. `shape`: it is JSON, but not such a list or object. */
  readonly kind: "syntax" | "shape";
  /** Offset in bytes from the start of the text. */
  readonly position: number;

  constructor(kind: "syntax" | "shape", position: number, expected: string) {
    super(`expected ${expected} at byte ${position}`);
    this.kind = kind;
    this.position = position;
  }
}
