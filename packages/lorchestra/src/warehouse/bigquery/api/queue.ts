/** Runs tasks one after another: BigQuery cancels one of two transactions that change the same table. */
export interface Queue {
  /** `urgent` tasks go before all that wait. */
  run<T>(task: () => Promise<T>, options?: { readonly urgent?: boolean }): Promise<T>;
}

export function createQueue(): Queue {
  const waiting: { start: () => void; urgent: boolean }[] = [];
  let isBusy = false;

  const next = (): void => {
    const urgent = waiting.findIndex((entry) => entry.urgent);
    const [entry] = waiting.splice(Math.max(urgent, 0), 1);
    if (entry === undefined) isBusy = false;
    else entry.start();
  };

  return {
    run: async (task, { urgent = false } = {}) => {
      if (isBusy) await new Promise<void>((start) => waiting.push({ start, urgent }));
      isBusy = true;
      try {
        return await task();
      } finally {
        next();
      }
    },
  };
}
