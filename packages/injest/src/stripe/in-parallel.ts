/**
 * Calls `work` for each item, `most` at a time, and yields results in groups as they come.
 *
 * The first failure ends it, once what is under way has ended; results that came before are yielded first.
 */
export async function* inParallel<I, O>(
  items: Iterable<I>,
  most: number,
  work: (item: I) => Promise<O>,
): AsyncGenerator<readonly O[]> {
  const iterator = items[Symbol.iterator]();
  const underWay = new Set<Promise<void>>();
  let results: O[] = [];
  let failure: { readonly error: unknown } | null = null;
  let exhausted = false;
  try {
    for (;;) {
      while (!exhausted && !failure && underWay.size < most) {
        const next = iterator.next();
        if (next.done === true) {
          exhausted = true;
          break;
        }
        const started: Promise<void> = work(next.value)
          .then(
            (result) => void results.push(result),
            (error: unknown) => void (failure ??= { error }),
          )
          .finally(() => underWay.delete(started));
        underWay.add(started);
      }
      if (underWay.size > 0) await Promise.race(underWay);
      if (results.length > 0) {
        const group = results;
        results = [];
        yield group;
      } else if (underWay.size === 0) {
        if (failure) throw (failure as { readonly error: unknown }).error;
        if (exhausted) return;
      }
    }
  } finally {
    await Promise.all(underWay);
  }
}
