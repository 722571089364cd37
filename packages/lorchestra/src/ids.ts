import { randomBytes } from "node:crypto";

/** The row's key in `raw_objects`. Opaque: made here, compared everywhere, parsed nowhere. */
export function idemKey(sourceSystem: string, connectionName: string, objectType: string, externalId: string): string {
  return `${sourceSystem}:${connectionName}:${objectType}:${externalId}`;
}

export function stripeIdemKey(connectionName: string, objectType: string, stripeId: string): string {
  return idemKey("stripe", connectionName, objectType, stripeId);
}

/** A ULID: 26 characters that sort by time; names a run, or an event. */
export function newUlid(nowMs: number): string {
  let time = "";
  for (let rest = Math.floor(nowMs), digits = 0; digits < 10; digits += 1) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = "";
  for (const byte of randomBytes(16)) random += ALPHABET.charAt(byte & 31);
  return time + random;
}

/** Crockford's base 32: without I, L, O and U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
