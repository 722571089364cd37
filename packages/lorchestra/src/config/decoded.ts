/** A part of an address without its percent signs; null where they are no encoding. */
export function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
