/** Runs tasks one at a time, in the order in which they were asked for. */
export interface Mutex {
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (task) => {
      const result = last.then(task);
      // A task's failure is its caller's affair: the next one starts all the same.
      last = result.catch(() => undefined);
      return result;
    },
  };
}
