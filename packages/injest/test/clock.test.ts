import { expect, it, onTestFinished, vi } from "vitest";
import { systemClock } from "../src/clock.js";

it("sleeps through what is too long for a timer, as the deadline of somebody who wants none", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let isAwake = false;
  void systemClock.sleep(Number.MAX_SAFE_INTEGER).then(() => (isAwake = true));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(isAwake).toBe(false);
});
