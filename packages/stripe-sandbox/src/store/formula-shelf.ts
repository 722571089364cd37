import type { Entry, NewEntry, Shelf } from "./shelf.js";
import { createStoredShelf } from "./stored-shelf.js";

/** Objects that are computed from their place and kept nowhere. */
export interface Formula {
  readonly count: number;
  /** Whole seconds; never falls as the position grows. */
  createdAt(position: number): number;
  idAt(position: number): string;
  /** The position of an id, or -1 for an id that the formula does not make. */
  positionOf(id: string): number;
  textAt(position: number): string;
  /** As `render(textAt(position))`, but calls `render` with a template once for each `key`. */
  renderAt(position: number, key: string, render: (text: string) => string): string;
}

/**
 * A shelf of any length that needs no memory for its objects. What is changed or removed is kept beside the formula;
 * what is added stands after it, so that an added object has to be at least as new as the formula's newest.
 */
export function createFormulaShelf(formula: Formula): Shelf {
  const { count } = formula;
  const changed = new Map<number, Entry>();
  const removed = new Map<number, Entry>();
  const added = createStoredShelf();

  const computed = (position: number): Entry => ({
    id: formula.idAt(position),
    created: formula.createdAt(position),
    sequence: position,
    get text() {
      return formula.textAt(position);
    },
    renderTemplate: (key, render) => formula.renderAt(position, key, render),
  });
  const liveAt = (position: number): Entry | undefined =>
    removed.has(position) ? undefined : (changed.get(position) ?? computed(position));

  return {
    get length() {
      return count + added.length;
    },
    get size() {
      return count - removed.size + added.size;
    },
    at: (position) => (position < count ? liveAt(position) : added.at(position - count)),
    positionOf(id) {
      const position = formula.positionOf(id);
      if (position !== -1) return removed.has(position) ? -1 : position;
      const place = added.positionOf(id);
      return place === -1 ? -1 : count + place;
    },
    firstSince(seconds) {
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (formula.createdAt(middle) < seconds) low = middle + 1;
        else high = middle;
      }
      return low < count ? low : count + added.firstSince(seconds);
    },
    add(entry: NewEntry) {
      if (formula.positionOf(entry.id) !== -1) throw new RangeError(`the sandbox already has an object ${entry.id}`);
      if (count > 0 && (entry.created ?? -1) < formula.createdAt(count - 1)) {
        throw new RangeError("an object added to a computed account has to be newer than all that is computed");
      }
      added.add(entry);
    },
    replace(id, text) {
      const position = formula.positionOf(id);
      if (position === -1) return added.replace(id, text);
      const entry = liveAt(position);
      if (entry === undefined) throw new RangeError(`the sandbox has no object ${id}`);
      const { created, text: previousText } = entry;
      changed.set(position, { id, created, sequence: position, text, previousText, renderings: new Map() });
    },
    remove(id) {
      const position = formula.positionOf(id);
      if (position === -1) return added.remove(id);
      const entry = liveAt(position);
      if (entry === undefined) throw new RangeError(`the sandbox has no object ${id}`);
      removed.set(position, entry);
    },
    tombstone: (id) => removed.get(formula.positionOf(id)) ?? added.tombstone(id),
    *tombstones() {
      yield* removed.values();
      yield* added.tombstones();
    },
    restore(id) {
      if (!removed.delete(formula.positionOf(id))) added.restore(id);
    },
  };
}
