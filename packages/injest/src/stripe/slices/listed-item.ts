/** What a plan needs to know of a listed object. */
export interface ListedItem {
  readonly id: string;
  /** Unix seconds; null for the few objects that have none. */
  readonly created: number | null;
}

/** A place in a listing: what follows it is older. */
export interface Token {
  readonly id: string;
  readonly created: number | null;
}

/** The place of an object, by itself: the object that a page brought would keep the whole page in memory. */
export function tokenOf({ id, created }: ListedItem): Token {
  return { id, created };
}
