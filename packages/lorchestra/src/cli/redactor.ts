import { hideSecretShapes, randomPartOf } from "../config/secret-shapes.js";

/**
 * Keeps keys out of every text that leaves the process, also in base64, in hex and URL-encoded; and of a key of Stripe's any dozen
 * characters in a row of what is secret of it.
 */
export interface Redactor {
  /** Adds a key that is in use; one of fewer than 8 characters is too common a text to be hidden. */
  add(secret: string): void;
  /** Hides the keys that are known. */
  hide(text: string): string;
  /** Hides also what only looks like a key: for messages and reports, not for the rows of a query. */
  hideStrictly(text: string): string;
}

const MARK = "[hidden]";

export function createRedactor(): Redactor {
  const needles = new Set<string>();
  const partly = new Map<string, (text: string) => string>();
  const hide = (text: string): string => {
    let hidden = text;
    for (const needle of needles) if (hidden.includes(needle)) hidden = hidden.replaceAll(needle, MARK);
    for (const hideParts of partly.values()) hidden = hideParts(hidden);
    return hidden;
  };
  return {
    add: (secret) => {
      if (secret.length < 8) return;
      for (const form of formsOf(secret)) needles.add(form);
      const random = randomPartOf(secret);
      if (random !== null && random.length >= SHORTEST_PART) partly.set(random, hidesPartsOf(random));
    },
    hide,
    hideStrictly: (text) => hideSecretShapes(hide(text)),
  };
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const lowerCase = encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const escaped = JSON.stringify(secret).slice(1, -1);
  const hex = Buffer.from(secret).toString("hex");
  return [
    secret,
    encoded,
    lowerCase,
    escaped,
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64At(secret, offset)),
  ];
}

/**
 * The base64 digits that the key alone decides when it starts `offset` bytes into a group of three: so it is found in
 * `base64("Bearer " + key)` and `base64(key + ":")` as well.
 */
function base64At(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return [bytes.toString("base64").slice(first, last), bytes.toString("base64url").slice(first, last)];
}

/** So many of a key's random characters in a row are in no text by chance, and fewer are of no use to anybody. */
const SHORTEST_PART = 12;
/** Cut into pieces of this length, a key has a whole one in each of its parts of that length. */
const PIECE = 6;

function hidesPartsOf(secret: string): (text: string) => string {
  const pieces = new Map<string, number[]>();
  for (let at = 0; at + PIECE <= secret.length; at += PIECE) {
    const piece = secret.slice(at, at + PIECE);
    pieces.set(piece, [...(pieces.get(piece) ?? []), at]);
  }
  return (text) => {
    const parts: Part[] = [];
    for (const [piece, places] of pieces)
      for (let found = text.indexOf(piece); found !== -1; found = text.indexOf(piece, found + 1))
        for (const at of places) {
          const part = partAround(text, found, secret, at);
          if (part.until - part.from >= SHORTEST_PART) parts.push(part);
        }
    return withMarks(text, parts);
  };
}

interface Part {
  readonly from: number;
  readonly until: number;
}

/** How far text and secret agree around a place in each. */
function partAround(text: string, found: number, secret: string, at: number): Part {
  let before = 0;
  while (before < Math.min(at, found) && text[found - before - 1] === secret[at - before - 1]) before += 1;
  let after = 0;
  while (at + after < secret.length && text[found + after] === secret[at + after]) after += 1;
  return { from: found - before, until: found + after };
}

function withMarks(text: string, parts: readonly Part[]): string {
  let hidden = "";
  let done = 0;
  for (const { from, until } of parts.toSorted((a, b) => a.from - b.from)) {
    if (from >= done) hidden += text.slice(done, from) + MARK;
    done = Math.max(done, until);
  }
  return hidden + text.slice(done);
}
