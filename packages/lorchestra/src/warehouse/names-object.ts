/**
 * Whether a row names an object: an earlier tool may have left rows that do not. Nobody can be asked for such an object, so that
 * nothing that lists rows hands these out.
 */
export function namesObject(externalId: string | null): externalId is string {
  return externalId !== null && externalId !== "";
}
