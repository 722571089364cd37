import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReadTimes, createServerClock } from "../../src/stripe/client/server-clock.js";
import { SteppedClock } from "./stepped-clock.js";

const START = Date.UTC(2026, 0, 1);

describe("the server's clock", () => {
  it("is never ahead of the server, behind it by less than a second and the way back, and does not go back", () => {
    const responses = fc.array(fc.record({ sentMs: fc.nat(100_000), outMs: fc.nat(400), backMs: fc.nat(400) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(responses, fc.double({ min: 0, max: 999, noNaN: true }), (given, fractionMs) => {
        const clock = createServerClock(new SteppedClock());
        const serverAt = (monotonicMs: number): number => START + fractionMs + monotonicMs;
        let last = -Infinity;
        for (const { sentMs, outMs, backMs } of given.toSorted((a, b) => a.sentMs - b.sentMs)) {
          const receivedMs = sentMs + outMs + backMs;
          clock.observe(new Date(serverAt(sentMs + outMs)).toUTCString(), receivedMs);
          const told = clock.at(receivedMs);
          expect(told).toBeLessThanOrEqual(serverAt(receivedMs));
          expect(told).toBeGreaterThan(serverAt(receivedMs) - 1000 - backMs);
          expect(clock.at(200_000)).toBeGreaterThanOrEqual(last);
          last = clock.at(200_000);
        }
      }),
    );
  });

  it("is told beside this machine's own, as the earliest that it said", () => {
    const machine = new SteppedClock(START);
    const clock = createServerClock(machine);
    machine.skewMs = -5_000;
    expect(clock.ownAt(machine.monotonicMs())).toBe(START - 5_000);
    clock.observe(undefined, machine.monotonicMs());
    machine.skewMs = 60_000;
    machine.advance(1_000);
    expect(clock.ownAt(machine.monotonicMs())).toBe(START + 1_000 - 5_000);
    machine.skewMs = -9_000;
    expect(clock.ownAt(machine.monotonicMs())).toBe(START + 1_000 - 9_000);
  });

  it("is, at the earliest, behind by as much as the slowest response took, and not ahead while one Date is right", () => {
    const clock = createServerClock(new SteppedClock());
    const dates = [
      [0, 0],
      [0, 900],
      [2 * 86_400_000, 1_000],
    ] as const;
    for (const [offMs, receivedMs] of dates) clock.observe(new Date(START + offMs).toUTCString(), receivedMs);
    expect(clock.earliestAt(5_000)).toBe(START + 5_000 - 900);
  });

  it("is this machine's own where the server has none", () => {
    const machine = new SteppedClock(START);
    const clock = createServerClock(machine);
    for (const date of [undefined, "", "yesterday"]) clock.observe(date, machine.monotonicMs());
    machine.advance(5_000);
    expect(clock.at(machine.monotonicMs())).toBeCloseTo(START + 5_000, 3);
    expect(clock.earliestAt(machine.monotonicMs())).toBeCloseTo(START + 5_000, 3);
  });
});

describe("the times of reads", () => {
  const server = createServerClock(new SteppedClock(START));
  server.observe(new Date(START).toUTCString(), 0);

  it("are the server's", () => {
    const readAt = createReadTimes(server, undefined);
    expect(readAt(1_500)).toEqual(new Date(START + 1_500));
  });

  it("are all later than what is stored, in whatever order they are asked for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1 }),
        fc.integer({ min: -9_000, max: 9_000 }),
        (sent, ahead) => {
          const newest = new Date(START + ahead);
          const readAt = createReadTimes(server, newest);
          for (const sentMs of sent) expect(readAt(sentMs).getTime()).toBeGreaterThan(newest.getTime());
        },
      ),
    );
  });

  it("keep the order in which requests were sent", () => {
    const readAt = createReadTimes(server, new Date(START + 3_600_000));
    const times = [1_000, 1_500, 9_000].map((sentMs) => readAt(sentMs).getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(3);
  });
});
