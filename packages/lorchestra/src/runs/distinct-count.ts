/**
 * Counts distinct ids in bounded memory.
 *
 * A read brings an id twice only where the object changed while it was being read. The first `REMEMBERED` ids are known
 * by heart; one beyond them is counted again if it comes again, because a set that grows with the account may not be.
 */
export function distinctCount(): { readonly size: number; add(id: string): void } {
  const remembered = new Set<string>();
  let beyond = 0;
  return {
    get size() {
      return remembered.size + beyond;
    },
    add(id) {
      if (remembered.size < REMEMBERED) remembered.add(id);
      else if (!remembered.has(id)) beyond += 1;
    },
  };
}

/** About 6 MB. */
const REMEMBERED = 65_536;
