import type { JsonObject } from "../json/json-value.js";
import type { Entry, NewEntry, Shelf } from "./shelf.js";

/** A shelf that keeps each of its objects. */
export function createStoredShelf(): Shelf {
  const ordered: StoredEntry[] = [];
  const byId = new Map<string, StoredEntry>();
  const removed = new Map<string, StoredEntry>();
  let sequence = 0;

  const placeOf = (entry: Entry): number => lowerBound(ordered, (other) => compare(other, entry) < 0);
  const insert = (entry: StoredEntry): void => {
    byId.set(entry.id, entry);
    const newest = ordered.at(-1);
    if (newest === undefined || compare(newest, entry) < 0) ordered.push(entry);
    else ordered.splice(placeOf(entry), 0, entry);
  };
  const need = (id: string, where: Map<string, StoredEntry>): StoredEntry => {
    const entry = where.get(id);
    if (entry === undefined) throw new RangeError(`the sandbox has no object ${id}`);
    return entry;
  };

  return {
    get length() {
      return ordered.length;
    },
    get size() {
      return ordered.length;
    },
    at: (position) => ordered[position],
    positionOf(id) {
      const entry = byId.get(id);
      return entry === undefined ? -1 : placeOf(entry);
    },
    firstSince: (seconds) => lowerBound(ordered, (entry) => entry.created === null || entry.created < seconds),
    add(entry) {
      if (byId.has(entry.id)) throw new RangeError(`the sandbox already has an object ${entry.id}`);
      removed.delete(entry.id);
      insert(new StoredEntry(entry, sequence++));
    },
    replace(id, text) {
      const entry = need(id, byId);
      const { created, visibleFromMs } = entry;
      const since = visibleFromMs === undefined ? {} : { visibleFromMs };
      const changed = new StoredEntry({ id, created, text, ...since }, entry.sequence, entry.text);
      ordered[placeOf(entry)] = changed;
      byId.set(id, changed);
    },
    remove(id) {
      const entry = need(id, byId);
      ordered.splice(placeOf(entry), 1);
      byId.delete(id);
      removed.set(id, entry);
    },
    tombstone: (id) => removed.get(id),
    tombstones: () => removed.values(),
    restore(id) {
      const entry = need(id, removed);
      removed.delete(id);
      insert(entry);
    },
  };
}

/** A class rather than an object literal: an account of thousands of these has to be made in milliseconds. */
class StoredEntry implements Entry {
  readonly id: string;
  readonly created: number | null;
  readonly sequence: number;
  readonly visibleFromMs?: number;
  readonly previousText?: string;
  readonly filterable?: JsonObject;
  #text: string | (() => string);
  #renderings: Map<string, string> | undefined;

  constructor({ id, created, text, visibleFromMs, filterable }: NewEntry, sequence: number, previousText?: string) {
    this.id = id;
    this.created = created;
    this.sequence = sequence;
    if (visibleFromMs !== undefined) this.visibleFromMs = visibleFromMs;
    if (filterable !== undefined) this.filterable = filterable;
    if (previousText !== undefined) this.previousText = previousText;
    this.#text = text;
  }

  get text(): string {
    if (typeof this.#text === "function") this.#text = this.#text();
    return this.#text;
  }

  get renderings(): Map<string, string> {
    return (this.#renderings ??= new Map());
  }
}

function compare(a: Entry, b: Entry): number {
  if (a.created !== b.created) {
    if (a.created === null) return -1;
    if (b.created === null) return 1;
    return a.created - b.created;
  }
  return a.sequence - b.sequence;
}

/** The first position for which `isBefore` is false. */
function lowerBound(entries: readonly StoredEntry[], isBefore: (entry: StoredEntry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(entries[middle] as StoredEntry)) low = middle + 1;
    else high = middle;
  }
  return low;
}
