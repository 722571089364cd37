/** Percent-decodes; what is not well-formed stays as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray `%` is no reason to fail: Stripe looks such an id up and does not find it.
    return text;
  }
}
