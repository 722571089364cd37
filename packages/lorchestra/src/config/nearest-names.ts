/** Returns the candidates that `name` was probably meant to be, nearest first, three at most; none when nothing is near. */
export function nearestNames(name: string, candidates: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const near = candidates
    .map((candidate) => ({ candidate, distance: distanceBetween(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.max(wanted.length, candidate.length) / 3))
    .toSorted((a, b) => a.distance - b.distance);
  // Names that begin alike are all near: only those that are about as near as the nearest help.
  const least = near[0]?.distance ?? 0;
  return near
    .filter(({ distance }) => distance <= least + 1)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** A question for the end of a message, ` did you mean "duckdb"?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const [nearest] = nearestNames(name, candidates);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** Edits that turn one into the other; two neighbours that changed places are one edit. Only the first 100 characters count. */
function distanceBetween(a: string, b: string): number {
  const from = a.slice(0, 100);
  const to = b.slice(0, 100);
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
