/** Where a process was when it ended, told from what it had sent and committed until then. */
export const PHASES = [
  "before it read",
  "reading, nothing committed",
  "inside a commit",
  "reading on after a commit",
  "after the last commit",
] as const;

export type Phase = (typeof PHASES)[number];

/** What is seen of a run from outside: `request` is one to Stripe, `commit` and `committed` are those of a stream's rows. */
export interface RunWatch {
  mark(mark: string): void;
  readonly phase: Phase;
  readonly hasRead: boolean;
  /** When the first request was sent, as `performance.now()` has it; null before. */
  readonly readSinceMs: number | null;
  has(mark: string): boolean;
  /** Resolves when something was marked so often, or never. */
  reached(mark: string, times?: number): Promise<void>;
}

export function createRunWatch(streams: number): RunWatch {
  const counts = new Map<string, number>();
  const waiting: { readonly mark: string; readonly times: number; readonly resolve: () => void }[] = [];
  let requestsSinceCommit = 0;
  let readSinceMs: number | null = null;
  const count = (mark: string): number => counts.get(mark) ?? 0;
  return {
    mark(mark) {
      counts.set(mark, count(mark) + 1);
      if (mark === "request") {
        requestsSinceCommit += 1;
        readSinceMs ??= performance.now();
      }
      if (mark === "committed") requestsSinceCommit = 0;
      for (const { resolve } of waiting.filter((each) => each.mark === mark && count(mark) >= each.times)) resolve();
    },
    get hasRead() {
      return count("request") > 0;
    },
    get readSinceMs() {
      return readSinceMs;
    },
    has: (mark) => count(mark) > 0,
    get phase() {
      if (count("commit") > count("committed")) return "inside a commit";
      if (count("committed") === 0) return count("request") === 0 ? "before it read" : "reading, nothing committed";
      const isLast = count("committed") >= streams && requestsSinceCommit === 0;
      return isLast ? "after the last commit" : "reading on after a commit";
    },
    reached: (mark, times = 1) =>
      new Promise((resolve) => {
        if (count(mark) >= times) resolve();
        else waiting.push({ mark, times, resolve });
      }),
  };
}
