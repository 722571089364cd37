import type { JsonObject } from "../json/json-value.js";

/** One object as the sandbox keeps it. */
export interface Entry {
  readonly id: string;
  /** Whole seconds; null for a legacy object, which no list with a `created` filter shows. */
  readonly created: number | null;
  /** Place among objects of the same second: the later one is listed first. */
  readonly sequence: number;
  /** The whole object as JSON on one line, all nested items included, in the newest API version. */
  readonly text: string;
  /** From when on lists and retrievals know the object, in ms. Absent: at once. */
  readonly visibleFromMs?: number;
  /** How the object looked before its last change, for stale reads. */
  readonly previousText?: string;
  /** The fields that the list's filters look at, where they are known without making the text. */
  readonly filterable?: JsonObject;
  /** Texts already rendered from this one, by rendering. Dies with the entry, so it cannot go stale. */
  readonly renderings?: Map<string, string>;
  /**
   * A faster way to `render(text)` where many objects are printed from one template: `render` is called with the
   * template once for each `key`.
   */
  readonly renderTemplate?: (key: string, render: (text: string) => string) => string;
}

/** An object to be added. Its text may be made on first use, so that a large account starts at once. */
export interface NewEntry {
  readonly id: string;
  readonly created: number | null;
  readonly text: string | (() => string);
  readonly visibleFromMs?: number;
  readonly filterable?: JsonObject;
}

/**
 * The objects of one type in one account, ordered from the oldest (position 0) to the newest. Positions are dense
 * but may hold nothing (`undefined`) where an object was deleted from a shelf that computes its objects.
 * Objects without `created` stand before all others.
 */
export interface Shelf {
  /** One more than the newest position. */
  readonly length: number;
  /** How many live objects there are. */
  readonly size: number;
  at(position: number): Entry | undefined;
  /** The position of a live object, or -1. */
  positionOf(id: string): number;
  /** The first position whose object has `created >= seconds`; `length` if there is none. */
  firstSince(seconds: number): number;
  /** Adds an object in its place. Throws if the id is in use. */
  add(entry: NewEntry): void;
  /** Puts another text in the place of a live object's; it keeps `created` and its order. */
  replace(id: string, text: string): void;
  /** Takes a live object out of lists. Its last text stays known as a tombstone. */
  remove(id: string): void;
  /** The last text of a removed object. */
  tombstone(id: string): Entry | undefined;
  /** Removed objects, in the order of their removal. */
  tombstones(): Iterable<Entry>;
  /** Puts a removed object back where it was. */
  restore(id: string): void;
}
