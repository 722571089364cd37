import { hashText } from "../../hash-text.js";

export interface DistinctCount {
  readonly size: number;
  add(id: string): void;
}

/**
 * Counts distinct ids in bounded memory.
 *
 * A read brings an id twice only where the object changed while it was being read. The first `REMEMBERED` ids are known
 * by heart; one beyond them is counted again if it comes again, because a set that grows with the account may not be.
 *
 * An id is known by 64 bits of its text: two of so many have the same once in billions of reads. Outside of V8's heap,
 * as a set of strings would be looked through by each of its collections.
 */
export function distinctCount(): DistinctCount {
  const marks = new Uint32Array(2 * SLOTS);
  let remembered = 0;
  let beyond = 0;
  return {
    get size() {
      return remembered + beyond;
    },
    add(id) {
      const [low, high] = markOf(id);
      let slot = low & (SLOTS - 1);
      while (marks[2 * slot] !== 0 || marks[2 * slot + 1] !== 0) {
        if (marks[2 * slot] === low && marks[2 * slot + 1] === high) return;
        slot = (slot + 1) & (SLOTS - 1);
      }
      if (remembered === REMEMBERED) {
        beyond += 1;
        return;
      }
      marks[2 * slot] = low;
      marks[2 * slot + 1] = high;
      remembered += 1;
    },
  };
}

const REMEMBERED = 65_536;
/** Twice as many, so that searches are short; a megabyte. */
const SLOTS = 2 * REMEMBERED;

/** Not both zero, which marks a free slot. */
function markOf(id: string): readonly [number, number] {
  const [low, high] = hashText(id);
  return [low, low === 0 && high === 0 ? 1 : high];
}
