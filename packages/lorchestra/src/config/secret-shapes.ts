/**
 * What Stripe's secrets look like: https://docs.stripe.com/keys. Publishable keys (pk_) are no secret, but no use here either.
 * Before one there may be an escape of JSON, such as `\n`, whose letters are no part of a word.
 */
const SECRET = /(?<=^|[^A-Za-z0-9]|\\[bfnrt]|\\u[0-9a-f]{4})(?:[srp]k_(?:live|test|org)|whsec)_[A-Za-z0-9_]{4,}/g;

/** True when some part of the text looks like a key of Stripe's. */
export function looksLikeSecret(text: string): boolean {
  return text.search(SECRET) !== -1;
}

/** Puts a mark in place of everything that looks like a key of Stripe's. */
export function hideSecretShapes(text: string): string {
  return text.replace(SECRET, "[hidden]");
}
