import { hideSecretShapes } from "../config/secret-shapes.js";

/** Keeps keys out of every text that leaves the process, also in base64, in hex and URL-encoded. */
export interface Redactor {
  /** Adds a key that is in use; one of fewer than 8 characters is too common a text to be hidden. */
  add(secret: string): void;
  /** Hides the keys that are known. */
  hide(text: string): string;
  /** Hides also what only looks like a key: for messages, not for data. */
  hideStrictly(text: string): string;
}

export function createRedactor(): Redactor {
  const needles = new Set<string>();
  const hide = (text: string): string => {
    let hidden = text;
    for (const needle of needles) if (hidden.includes(needle)) hidden = hidden.replaceAll(needle, "[hidden]");
    return hidden;
  };
  return {
    add: (secret) => {
      if (secret.length < 8) return;
      for (const form of formsOf(secret)) needles.add(form);
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
