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

/**
 * The random characters of a key: not its kind, nor the account's id behind it, pieces of which are in the ids of all objects. Null
 * for what is no key of Stripe's, or was made up by hand: words of its may stand anywhere.
 */
export function randomPartOf(key: string): string | null {
  const random = /^[sr]k_(?:live|test|org)_(?:51[A-Za-z0-9]{15})?([A-Za-z0-9]+)$/.exec(key)?.[1] ?? "";
  return /[a-z]/.test(random) && /[A-Z]/.test(random) && /\d/.test(random) ? random : null;
}
