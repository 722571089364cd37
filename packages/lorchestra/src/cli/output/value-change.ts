import { counted, grouped } from "./figures.js";
import { cut } from "./wrap.js";

/** Of a value, old or new: a line that goes on for pages is read by nobody. `--json` has all of it. */
const SHOWN_CHARACTERS = 80;

/**
 * What became of a value, by its JSON texts: `"open" → "paid"`; null is where there is nothing. Of a list that has grown or shrunk,
 * how many items it had and has: "12 → 13 items".
 */
export function valueChange(from: string | null, to: string | null): string {
  const [before, now] = [itemsOf(from), itemsOf(to)];
  if (before !== null && now !== null && before !== now) return `${grouped(before)} → ${counted(now, "item")}`;
  return `${shown(from)} → ${shown(to)}`;
}

function shown(text: string | null): string {
  return text === null ? "–" : cut(text, SHOWN_CHARACTERS);
}

/** Null of what is no list. */
function itemsOf(text: string | null): number | null {
  if (text === null || !text.startsWith("[")) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.length : null;
  } catch {
    // What is deeper than the parser goes is shown as any other text.
    return null;
  }
}
