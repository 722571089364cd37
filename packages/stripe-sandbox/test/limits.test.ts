import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStoppedClock, type RateLimits, startSandbox } from "../src/index.js";
import { createLatency } from "../src/limits/latency.js";
import { createRateLimiter } from "../src/limits/rate-limiter.js";
import { get } from "./client.js";

const asking = (nowMs: number, endpoint = "GET /v1/customers") => ({
  accountId: "acct_1",
  livemode: true,
  endpoint,
  nowMs,
});

/** Asks at each instant and returns the reasons; undefined where it was admitted. */
function reasons(limits: RateLimits, instants: readonly number[], endpoint?: string): (string | undefined)[] {
  const limiter = createRateLimiter(limits);
  return instants.map((nowMs) => limiter.admit(asking(nowMs, endpoint)));
}

describe("a rate limit", () => {
  it("never admits more than its number in any second, and always as many as it can", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        (times, endpointPerSecond) => {
          const instants = times.toSorted((a, b) => a - b);
          const answers = reasons({ accountPerSecond: 1000, endpointPerSecond }, instants);
          const admitted = instants.filter((_, at) => answers[at] === undefined);
          for (const [at, instant] of instants.entries()) {
            const before = admitted.filter((other, i) => other > instant - 1000 && other <= instant && i >= 0).length;
            expect(before).toBeLessThanOrEqual(endpointPerSecond);
            if (answers[at] !== undefined) expect(before).toBe(endpointPerSecond);
          }
        },
      ),
    );
  });

  it("is 100 a second in live mode, 25 in test mode, and 25 for an endpoint, unless set otherwise", () => {
    const count = (livemode: boolean, endpoints: number): number => {
      const limiter = createRateLimiter({});
      let admitted = 0;
      for (let i = 0; i < 400; i++) {
        const request = { ...asking(0, `GET /v1/${i % endpoints}`), livemode };
        if (limiter.admit(request) === undefined) admitted++;
      }
      return admitted;
    };
    expect(count(true, 1)).toBe(25);
    expect(count(true, 8)).toBe(100);
    expect(count(false, 8)).toBe(25);
  });

  it("says which limit it was", () => {
    expect(reasons({ accountPerSecond: 1 }, [0, 0])).toEqual([undefined, "global-rate"]);
    expect(reasons({ endpointPerSecond: 1 }, [0, 0])).toEqual([undefined, "endpoint-rate"]);
    expect(reasons({ accountConcurrency: 1 }, [0, 0])).toEqual([undefined, "global-concurrency"]);
    expect(reasons({ endpointConcurrency: 1 }, [0, 0])).toEqual([undefined, "endpoint-concurrency"]);
  });

  it("of requests under way has room again when one ends", () => {
    for (const [limits, reason] of [
      [{ endpointConcurrency: 1 }, "endpoint-concurrency"],
      [{ accountConcurrency: 1 }, "global-concurrency"],
    ] as const) {
      const limiter = createRateLimiter(limits);
      expect(limiter.admit(asking(0))).toBeUndefined();
      expect(limiter.admit(asking(0))).toBe(reason);
      limiter.release(asking(0));
      expect(limiter.admit(asking(0))).toBeUndefined();
    }
  });

  it("leaves what another client does not use", () => {
    const everyMs = Array.from({ length: 5000 }, (_, at) => at);
    const admitted = (limits: RateLimits, endpoint?: string): number =>
      reasons(limits, everyMs, endpoint).filter((reason) => reason === undefined).length / 5;
    const half = { share: 0.5 };
    expect(admitted({ endpointPerSecond: 20 })).toBeCloseTo(20, 0);
    const rest = admitted({ endpointPerSecond: 1000, accountPerSecond: 100, others: half });
    expect(rest).toBeGreaterThan(45);
    expect(rest).toBeLessThan(75);
    // It was there before the first request: within its first second this client gets no more than the rest either.
    const limiter = createRateLimiter({ endpointPerSecond: 1000, accountPerSecond: 100, others: half });
    const asking = { accountId: "acct_1", livemode: true, endpoint: "GET /v1/customers", nowMs: 5000 };
    const first = Array.from({ length: 100 }, () => limiter.admit(asking)).filter((reason) => reason === undefined);
    expect(first.length).toBeGreaterThan(45);
    expect(first.length).toBeLessThanOrEqual(50);
    const other = { ...half, endpoint: "GET /v1/customers" };
    expect(admitted({ endpointPerSecond: 20, others: other })).toBeLessThan(16);
    expect(admitted({ endpointPerSecond: 20, others: other }, "GET /v1/refunds")).toBeCloseTo(20, 0);
  });

  it("answers 429 with its reason, by the sandbox's clock", async () => {
    await using sandbox = await startSandbox({ clock: createStoppedClock(0), rateLimits: "stripe" });
    const statuses = await Promise.all(Array.from({ length: 30 }, () => get(sandbox, "/v1/customers")));
    expect(statuses.filter(({ status }) => status === 200)).toHaveLength(25);
    const refused = statuses.find(({ status }) => status === 429);
    expect(refused?.headers["stripe-rate-limited-reason"]).toBe("endpoint-rate");
    expect(refused?.json.error).toMatchObject({ code: "rate_limit", type: "invalid_request_error" });
    expect(sandbox.requests.total.rateLimited).toBe(5);
    sandbox.clock.advance(1000);
    expect((await get(sandbox, "/v1/customers")).status).toBe(200);
    sandbox.settings.rateLimits = { endpointPerSecond: 1 };
    expect((await get(sandbox, "/v1/customers")).status).toBe(200);
    expect((await get(sandbox, "/v1/customers")).status).toBe(429);
    expect((await get(sandbox, "/v1/refunds")).status).toBe(200);
    sandbox.settings.rateLimits = "off";
    expect((await get(sandbox, "/v1/customers")).status).toBe(200);
  });

  it("counts a request as under way until it is answered", async () => {
    const sleeping: (() => void)[] = [];
    const sleep = (): Promise<void> => new Promise((wake) => sleeping.push(wake));
    await using sandbox = await startSandbox({ latency: 30, clock: { sleep }, rateLimits: { endpointConcurrency: 3 } });
    const at = async (): Promise<number> => (await get(sandbox, "/v1/customers")).status;
    const asked = [at(), at(), at(), at(), at()];
    await expect.poll(() => sleeping.length).toBe(5);
    for (const wake of sleeping) wake();
    const statuses = await Promise.all(asked);
    sandbox.settings.latency = "none";
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, 429, 429]);
    expect(await at()).toBe(200);
  });
});

describe("latency", () => {
  it("is nothing, fixed, or lognormal about its median and the same for the same seed", () => {
    expect(createLatency("none")()).toBe(0);
    expect(createLatency(40)()).toBe(40);
    const draw = (seed: number): number[] => {
      const next = createLatency({ medianMs: 300, sigma: 0.4, seed });
      return Array.from({ length: 2001 }, next).toSorted((a, b) => a - b);
    };
    const sorted = draw(1);
    expect(draw(1)).toEqual(sorted);
    expect(draw(2)).not.toEqual(sorted);
    expect(sorted[1000]).toBeGreaterThan(270);
    expect(sorted[1000]).toBeLessThan(330);
    // One deviation above the median: a factor of e^0.4.
    expect(sorted[1683]).toBeGreaterThan(300 * 1.35);
    expect(sorted[1683]).toBeLessThan(300 * 1.65);
  });

  it("of one request does not delay another, and the answer says what was true on arrival", async () => {
    const sleeping: (() => void)[] = [];
    const sleep = (): Promise<void> => new Promise((wake) => sleeping.push(wake));
    await using sandbox = await startSandbox({ latency: 1000, clock: { sleep } });
    const asked = [0, 1, 2, 3].map(() => get(sandbox, "/v1/customers"));
    await expect.poll(() => sleeping.length).toBe(4);
    sandbox.customers.create();
    for (const wake of sleeping) wake();
    for (const answer of await Promise.all(asked)) expect(answer.json.data).toEqual([]);
  });
});
