/** Whether a text is free of lone surrogates, which no string of BigQuery can hold. */
export function isWellFormed(text: string): boolean {
  // Most texts have no surrogate at all, and this pattern looks at each unit once.
  return !/[\ud800-\udfff]/.test(text) || !/\p{Surrogate}/u.test(text);
}

/** Puts U+FFFD in place of each lone surrogate. */
export function toWellFormed(text: string): string {
  return isWellFormed(text) ? text : text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
}
