import { describe, expect, it } from "vitest";
import { retry, type RetryOptions, type Verdict } from "../../src/http/retry.js";
import { VirtualClock } from "./virtual-clock.js";

class Refused extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super("refused");
    this.verdict = verdict;
  }
}

const again = new Refused({ retry: true, reason: "503" });

describe("retrying", () => {
  it("returns what the first attempt returns", async () => {
    const { result, attempts } = await retrying([7]);
    expect(await result).toBe(7);
    expect(attempts).toEqual([{ atMs: 0, remainingMs: 120_000 }]);
  });

  it("waits up to a ceiling that doubles from half a second to 16 s", async () => {
    const { result, delaysMs } = await retrying([...Array.from({ length: 7 }, () => again), "done"], {
      random: () => 1,
    });
    expect(await result).toBe("done");
    expect(delaysMs).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 16_000]);
  });

  it("waits anything down to nothing, so that those who failed together come back apart", async () => {
    const draws = [0, 0.25, 0.5];
    const { result, delaysMs } = await retrying([again, again, again, "done"], { random: () => draws.shift() ?? 0 });
    expect(await result).toBe("done");
    expect(delaysMs).toEqual([0, 250, 1000]);
  });

  it("waits at least as long as the other side asks", async () => {
    const asked = new Refused({ retry: true, reason: "429", retryAfterMs: 7000 });
    const { result, delaysMs } = await retrying([asked, "done"], { random: () => 0.5 });
    expect(await result).toBe("done");
    expect(delaysMs).toEqual([7000]);
  });

  it("throws at once what is final", async () => {
    const final = new Refused({ retry: false });
    const { result, attempts } = await retrying([again, final, "never"]);
    await expect(result).rejects.toBe(final);
    expect(attempts.length).toBe(2);
  });

  it("tells each attempt what is left of the time", async () => {
    const { result, attempts } = await retrying([again, again, "done"], {
      deadlineMs: 61_600,
      random: () => 0.999,
      attemptMs: 20_000,
    });
    expect(await result).toBe("done");
    expect(attempts.map(({ remainingMs }) => remainingMs)).toEqual([61_600, 41_100, 20_101]);
  });

  const wrong = new Refused({ retry: true, reason: "503" });
  const last = new Refused({ retry: true, reason: "timeout" });

  it.each([
    ["the last failure when there is no time for another attempt", 61_600, [again, wrong, last], last],
    ["the failure before the one that the deadline caused", 60_000, [again, wrong, last], wrong],
    ["the only failure there is, also when the deadline caused it", 20_000, [last], last],
  ])("gives up with %s", async (_, deadlineMs, outcomes, failure) => {
    const { result, attempts } = await retrying(outcomes, { deadlineMs, random: () => 0.999, attemptMs: 20_000 });
    await expect(result).rejects.toBe(failure);
    expect(attempts).toHaveLength(outcomes.length);
  });

  it("does not wait for a time beyond the deadline", async () => {
    const asked = new Refused({ retry: true, reason: "429", retryAfterMs: 500_000 });
    const clock = new VirtualClock();
    const { result, attempts } = await retrying([asked, "never"], { clock });
    await expect(result).rejects.toBe(asked);
    expect(attempts.length).toBe(1);
    expect(clock.monotonicMs()).toBe(0);
  });

  it("says why and how long it waits, before it waits", async () => {
    const seen: unknown[] = [];
    const { result } = await retrying([again, again, "done"], { random: () => 1, onRetry: (one) => seen.push(one) });
    await result;
    expect(seen).toEqual([
      { reason: "503", delayMs: 500 },
      { reason: "503", delayMs: 1000 },
    ]);
  });

  it("makes no attempt once it is given up", async () => {
    const reason = new Error("no longer wanted");
    const { result, attempts } = await retrying([again, "never"], { signal: AbortSignal.abort(reason) });
    await expect(result).rejects.toBe(reason);
    expect(attempts).toEqual([]);
  });

  it("ends the wait with the signal's reason", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const result = retry(() => Promise.reject(again), {
      clock,
      judge,
      deadlineMs: 120_000,
      random: () => 1,
      signal: controller.signal,
    });
    const rejected = expect(result).rejects.toBe(reason);
    await clock.run(100);
    expect(clock.sleeping).toBe(1);
    controller.abort(reason);
    await rejected;
    expect(clock.sleeping).toBe(0);
  });
});

function judge(failure: unknown): Verdict {
  return failure instanceof Refused ? failure.verdict : { retry: false };
}

/** Runs attempts that have these outcomes in turn, each after `attemptMs` or what is left of the time. */
async function retrying(
  outcomes: readonly unknown[],
  {
    attemptMs = 0,
    clock = new VirtualClock(),
    ...options
  }: Partial<RetryOptions> & { attemptMs?: number; clock?: VirtualClock } = {},
) {
  const attempts: { atMs: number; remainingMs: number }[] = [];
  const delaysMs: number[] = [];
  const left = [...outcomes];
  const result = retry(
    async (remainingMs) => {
      attempts.push({ atMs: clock.monotonicMs(), remainingMs: Math.round(remainingMs) });
      const outcome = left.shift();
      if (attemptMs > 0) await clock.sleep(Math.min(attemptMs, remainingMs));
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    {
      clock,
      judge,
      deadlineMs: 120_000,
      random: () => 0.5,
      ...options,
      onRetry: (one) => {
        delaysMs.push(one.delayMs);
        options.onRetry?.(one);
      },
    },
  );
  result.catch(() => undefined);
  await Promise.race([result.then(nothing, nothing), clock.run(1_000_000)]);
  return { result, attempts, delaysMs };
}

function nothing(): void {
  // The test looks at the result itself.
}
