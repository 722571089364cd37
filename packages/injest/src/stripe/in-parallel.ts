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
  const state: { results: O[]; failure: { readonly error: unknown } | null } = { results: [], failure: null };
  let next = iterator.next();
  try {
    for (;;) {
      for (; next.done !== true && state.failure === null && underWay.size < most; next = iterator.next()) {
        const started: Promise<void> = work(next.value)
          .then(
            (result) => void state.results.push(result),
            (error: unknown) => void (state.failure ??= { error }),
          )
          .finally(() => underWay.delete(started));
        underWay.add(started);
      }
      if (underWay.size > 0) await Promise.race(underWay);
      if (state.results.length > 0) {
        const group = state.results;
        state.results = [];
        yield group;
      } else if (underWay.size === 0) {
        if (state.failure) throw state.failure.error;
        return;
      }
    }
  } finally {
    await Promise.all(underWay);
  }
}
