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
    at: (position) => ordered[position],
    positionOf(id) {
      const entry = byId.get(id);
      return entry === undefined ? -1 : placeOf(entry);
    },
    firstSince: (seconds) => lowerBound(ordered, (entry) => entry.created === null || entry.created < seconds),
    add(entry) {
      if (byId.has(entry.id)) throw new RangeError(`the sandbox already has an object ${entry.id}`);
      removed.delete(entry.id);
      insert(storedEntry(entry, sequence++));
    },
    replace(id, text) {
      const entry = need(id, byId);
      const changed = storedEntry({ ...pick(entry), text }, entry.sequence, entry.text);
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

type StoredEntry = Entry & { readonly renderings: Map<string, string> };

function storedEntry(entry: NewEntry, sequence: number, previousText?: string): StoredEntry {
  let { text } = entry;
  return {
    ...pick(entry),
    sequence,
    renderings: new Map(),
    ...(previousText === undefined ? {} : { previousText }),
    get text() {
      if (typeof text === "function") text = text();
      return text;
    },
  };
}

// Spreading an entry would evaluate its lazy text.
function pick({ id, created, visibleFromMs }: Omit<NewEntry, "text">): Omit<NewEntry, "text"> {
  return { id, created, ...(visibleFromMs === undefined ? {} : { visibleFromMs }) };
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
