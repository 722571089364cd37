import { type JsonNode, parseExactly, parseStored } from "./exact-json.js";

/** One place where two records differ. */
export interface Difference {
  /** Dotted, with an index for an item of a list: "lines.data.3.amount"; "" for the whole record. */
  readonly path: string;
  /** JSON texts; null where there is nothing, and where what is stored is no JSON. */
  readonly stored: string | null;
  readonly read: string | null;
}

/**
 * Compares a stored payload with a record that was just read, value by value: names may come in another order, white
 * space and the way of writing a number mean nothing, everything else does. Fields that change with each reading are left
 * out; in their paths `[]` stands for each item of a list. Lists of different length differ as a whole, and so does what is stored where it is no JSON. Empty when the two are the same.
 */
export function differencesOf(storedJson: string, readJson: string, volatileFields: readonly string[]): Difference[] {
  if (storedJson === readJson) return [];
  const found: Difference[] = [];
  const [stored, read] = [parseStored(storedJson), parseExactly(readJson)];
  if (stored === null) return [difference(WHOLE, undefined, read)];
  compare(stored, read, WHOLE, new Set(volatileFields), found);
  return found;
}

const WHOLE: Place = { path: [], pattern: [] };

interface Place {
  readonly path: readonly string[];
  /** The path with `[]` for indices. */
  readonly pattern: readonly string[];
}

function compare(
  stored: JsonNode,
  read: JsonNode,
  place: Place,
  volatile: ReadonlySet<string>,
  found: Difference[],
): void {
  if (stored.kind === "fields" && read.kind === "fields") {
    for (const name of new Set([...read.fields.keys(), ...stored.fields.keys()])) {
      const inside = { path: [...place.path, name], pattern: [...place.pattern, name] };
      if (volatile.has(inside.pattern.join("."))) continue;
      const [before, now] = [stored.fields.get(name), read.fields.get(name)];
      if (before !== undefined && now !== undefined) compare(before, now, inside, volatile, found);
      else found.push(difference(inside, before, now));
    }
    return;
  }
  if (stored.kind === "list" && read.kind === "list" && stored.items.length === read.items.length) {
    const pattern = [...place.pattern.slice(0, -1), `${place.pattern.at(-1) ?? ""}[]`];
    for (const [index, now] of read.items.entries()) {
      const before = stored.items[index] ?? now;
      compare(before, now, { path: [...place.path, String(index)], pattern }, volatile, found);
    }
    return;
  }
  if ("value" in stored && "value" in read && stored.kind === read.kind && stored.value === read.value) return;
  found.push(difference(place, stored, read));
}

function difference(place: Place, stored: JsonNode | undefined, read: JsonNode | undefined): Difference {
  return { path: place.path.join("."), stored: stored?.text ?? null, read: read?.text ?? null };
}
