/** Why something ended early. */
export interface Failure {
  readonly error: unknown;
}

/**
 * An iteration that ends quietly where its source fails, and keeps the failure: so that what a source throws is never
 * taken for what the loop's body throws.
 */
export function untilFailure<T>(source: AsyncIterable<T>): {
  readonly items: AsyncIterable<T>;
  readonly failure: Failure | null;
} {
  let failure: Failure | null = null;
  async function* items(): AsyncGenerator<T, void, undefined> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => {
          failure = { error };
          return null;
        });
        if (next === null || next.done === true) return;
        yield next.value;
      }
    } finally {
      if (failure === null) await iterator.return?.();
    }
  }
  return {
    items: items(),
    get failure() {
      return failure;
    },
  };
}
