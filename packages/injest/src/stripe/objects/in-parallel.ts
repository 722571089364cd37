import { Bell } from "../list/bell.js";

/**
 * Calls `work` for each item, `most` at a time, and yields results in groups as they come.
 *
 * What is handed on before the work is done, waits until it is taken. The first failure ends all, once what is under way has
 * ended; results that came before are yielded first. Whoever leaves the iteration ends what is under way: its signal aborts
 * then, and when `signal` does.
 */
export async function* inParallel<I, O>(
  items: Iterable<I>,
  most: number,
  work: (item: I, signal: AbortSignal, handOn: (result: O) => Promise<void>) => Promise<O>,
  signal?: AbortSignal,
): AsyncGenerator<readonly O[]> {
  const iterator = items[Symbol.iterator]();
  const underWay = new Set<Promise<void>>();
  const state: { results: O[]; failure: { readonly error: unknown } | null } = { results: [], failure: null };
  const arrival = new Bell();
  const taken = new Bell();
  const abort = new AbortController();
  const ending = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  const handOn = async (result: O): Promise<void> => {
    if (abort.signal.aborted) return;
    state.results.push(result);
    arrival.ring();
    await taken.wait();
  };
  let next = iterator.next();
  try {
    for (;;) {
      for (; next.done !== true && state.failure === null && underWay.size < most; next = iterator.next()) {
        const started: Promise<void> = work(next.value, ending, handOn)
          .then(
            (result) => void state.results.push(result),
            (error: unknown) => void (state.failure ??= { error }),
          )
          .finally(() => {
            underWay.delete(started);
            arrival.ring();
          });
        underWay.add(started);
      }
      if (state.results.length === 0 && underWay.size > 0) await arrival.wait();
      if (state.results.length > 0) {
        const group = state.results;
        state.results = [];
        taken.ring();
        yield group;
      } else if (underWay.size === 0) {
        if (state.failure) throw state.failure.error;
        return;
      }
    }
  } finally {
    abort.abort(LEFT);
    taken.ring();
    await Promise.all(underWay);
  }
}

const LEFT = new Error("nobody waits for it any more");
