import { expect, it } from "vitest";
import type { StripeSourceOptions } from "../../src/index.js";
import { startRig, streamOf } from "./rig.js";

/** The most requests that a source sends in any second while it reads sixty objects singly. */
async function mostInAnySecond(options: Partial<StripeSourceOptions>): Promise<number> {
  const rig = await startRig({ latency: 100 });
  const ids = Array.from({ length: 60 }, () => rig.sandbox.customers.create().id);
  const sentMs: number[] = [];
  const observe = ({ type }: { readonly type: string }): void => {
    if (type === "request") sentMs.push(rig.clock.monotonicMs());
  };
  const reading = (async () => {
    for await (const _ of streamOf(rig.open(options), "customers").retrieve(ids, { observe }));
  })();
  await rig.clock.run(reading);
  expect(sentMs.length).toBeGreaterThanOrEqual(60);
  return Math.max(...sentMs.map((fromMs) => sentMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000).length));
}

it.each([0.8, 1, 0.3])(
  "sends as many requests in a second as it may, and in none more, at a share of %d",
  async (share) => {
    expect(await mostInAnySecond({ maxRequestsPerSecond: 5, share })).toBe(5);
  },
);

it("keeps a maximum between the share and all of what Stripe allows in any second, too, where a burst would exceed it", async () => {
  expect(await mostInAnySecond({ share: 0.4 })).toBe(24);
  expect(await mostInAnySecond({ share: 0.4, maxRequestsPerSecond: 30 })).toBe(24);
  expect(await mostInAnySecond({ share: 0.4, maxRequestsPerSecond: 15 })).toBeLessThanOrEqual(15);
});
