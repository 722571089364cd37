import { describe, expect, it } from "vitest";
import { Alarm } from "../../src/http/alarm.js";
import { VirtualClock } from "./virtual-clock.js";

function setUp() {
  const clock = new VirtualClock();
  const rangAtMs: number[] = [];
  return { clock, rangAtMs, alarm: new Alarm(clock, () => rangAtMs.push(clock.monotonicMs())) };
}

describe("an alarm", () => {
  it("rings once, and not before its time", async () => {
    const { clock, rangAtMs, alarm } = setUp();
    alarm.set(20.5);
    await clock.run(20);
    expect(rangAtMs).toEqual([]);
    await clock.run(100);
    expect(rangAtMs).toEqual([21]);
    expect(alarm.atMs).toBe(Infinity);
  });

  it.each([
    { set: [50, 80, 30], rings: 30 },
    { set: [30, 80], rings: 80 },
    { set: [30, 80, 60], rings: 60 },
    { set: [30, 80, 20], rings: 20 },
  ])("rings at the last time that it was set for, sooner or later, and at no other: $set", async ({ set, rings }) => {
    const { clock, rangAtMs, alarm } = setUp();
    for (const atMs of set) alarm.set(atMs);
    expect(clock.sleeping).toBe(1);
    await clock.run(200);
    expect(rangAtMs).toEqual([rings]);
  });

  it("sleeps once more where it was put off, and not each time", async () => {
    const { clock, rangAtMs, alarm } = setUp();
    alarm.set(30);
    await clock.run(20);
    for (const atMs of [80, 100]) alarm.set(atMs);
    await clock.run(50);
    expect(clock.sleeping).toBe(1);
    alarm.set(Infinity);
    expect(clock.sleeping).toBe(0);
    expect(rangAtMs).toEqual([]);
  });

  it("holds nothing open once it is set for no time", async () => {
    const { clock, rangAtMs, alarm } = setUp();
    alarm.set(50);
    alarm.set(Infinity);
    expect(clock.sleeping).toBe(0);
    await clock.run(200);
    expect(rangAtMs).toEqual([]);
  });

  it("does not ring for a sleep that came to its end while another time was being set", async () => {
    const ends: (() => void)[] = [];
    const clock = { wallMs: () => 0, monotonicMs: () => 0, sleep: () => new Promise<void>((end) => ends.push(end)) };
    let rings = 0;
    const alarm = new Alarm(clock, () => (rings += 1));
    alarm.set(10);
    ends[0]?.();
    alarm.set(20);
    await Promise.resolve();
    expect({ rings, atMs: alarm.atMs }).toEqual({ rings: 0, atMs: 20 });
    ends[1]?.();
    await Promise.resolve();
    expect({ rings, atMs: alarm.atMs }).toEqual({ rings: 1, atMs: Infinity });
  });

  it.each([5, Infinity])("forgets a sleep that came to its end while %d was being set", async (atMs) => {
    const ends: (() => void)[] = [];
    const clock = { wallMs: () => 0, monotonicMs: () => 0, sleep: () => new Promise<void>((end) => ends.push(end)) };
    let rings = 0;
    const alarm = new Alarm(clock, () => (rings += 1));
    alarm.set(10);
    ends[0]?.();
    alarm.set(atMs);
    await Promise.resolve();
    expect({ rings, atMs: alarm.atMs, sleeps: ends.length }).toEqual({ rings: 0, atMs, sleeps: atMs === 5 ? 2 : 1 });
  });

  it("rings at the end of the sleep that it has, where its time has come by then", async () => {
    const ends: (() => void)[] = [];
    let nowMs = 0;
    const clock = {
      wallMs: () => 0,
      monotonicMs: () => nowMs,
      sleep: () => new Promise<void>((end) => ends.push(end)),
    };
    let rings = 0;
    const alarm = new Alarm(clock, () => (rings += 1));
    alarm.set(10.2);
    alarm.set(10.8);
    nowMs = 11;
    ends[0]?.();
    await Promise.resolve();
    expect({ rings, sleeps: ends.length }).toEqual({ rings: 1, sleeps: 1 });
  });
});
