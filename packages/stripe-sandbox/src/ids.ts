import type { Random } from "./random.js";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Letters and digits as in Stripe's ids. */
export function randomLetters(random: Random, length: number): string {
  let letters = "";
  for (let i = 0; i < length; i++) letters += ALPHABET[random.integer(0, 61)];
  return letters;
}

/** An id in Stripe's older, short form: `cus_QXg1o8vcGmoR32`, `prod_…`. */
export function shortId(prefix: string, random: Random): string {
  return prefix + randomLetters(random, 14);
}

/** An id in Stripe's longer form, which carries a piece of the account's id: `in_1PgafTB7WZ01zgkWu9fdqL6I`. */
export function longId(prefix: string, random: Random, accountId: string): string {
  return `${prefix}1${randomLetters(random, 5)}${accountId.slice(-10)}${randomLetters(random, 8)}`;
}

/** Writes a whole number below 62^length in letters and digits, of fixed length. */
export function toLetters(value: number, length: number): string {
  let letters = "";
  for (let i = 0; i < length; i++) {
    letters = ALPHABET[value % 62] + letters;
    value = Math.floor(value / 62);
  }
  return letters;
}

/** The number that {@link toLetters} wrote; -1 when a character is none of the alphabet. */
export function fromLetters(letters: string): number {
  let value = 0;
  for (const letter of letters) {
    const digit = ALPHABET.indexOf(letter);
    if (digit === -1) return -1;
    value = value * 62 + digit;
  }
  return value;
}
