import { scale } from "stripe-sandbox";
import { expect, it } from "vitest";
import { Mirror } from "../../src/testing/index.js";
import { expectTruth, runInto, startRig, streamOf } from "./rig.js";

it.each([
  { latency: 300, requests: 1 },
  { latency: 1_000, requests: 15 },
])(
  "asks for $requests pages before the first has come, where that takes $latency ms",
  async ({ latency, requests }) => {
    const rig = await startRig({ latency, scenario: scale({ count: 3_000, objectTypes: ["customer"] }) });
    const mirror = new Mirror();
    const sentMs: number[] = [];
    const observe = (event: { type: string; endpoint?: string }): void => {
      if (event.type === "request" && event.endpoint === "/v1/customers") sentMs.push(rig.clock.monotonicMs());
    };
    await runInto(rig, mirror, streamOf(rig.open(), "customers"), { observe });
    const [first = 0] = sentMs;
    expect(sentMs.filter((atMs) => atMs < first + latency).length).toBe(requests);
    expectTruth(rig, mirror, "customer");
  },
);

it("does not take it for a slow line where the process itself was held up", async () => {
  const rig = await startRig({ latency: 300, scenario: scale({ count: 90, objectTypes: ["customer"] }) });
  let requests = 0;
  const observe = ({ type, endpoint }: { type: string; endpoint?: string }): void => {
    if (type !== "request" || endpoint !== "/v1/customers") return;
    if (requests === 0) rig.clock.advance(700);
    requests += 1;
  };
  await runInto(rig, new Mirror(), streamOf(rig.open(), "customers"), { observe });
  expect(requests).toBe(1);
});

it("does not take it for a slow line where the first request was refused, and is made again", async () => {
  const rig = await startRig({ latency: 300, scenario: scale({ count: 90, objectTypes: ["customer"] }) });
  rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: [1, 2, 3] }, fault: { kind: "rate-limited" } });
  const mirror = new Mirror();
  let requests = 0;
  const observe = ({ type, endpoint }: { type: string; endpoint?: string }): void => {
    if (type === "request" && endpoint === "/v1/customers") requests += 1;
  };
  await runInto(rig, mirror, streamOf(rig.open(), "customers"), { observe });
  expect(requests).toBe(4);
  expectTruth(rig, mirror, "customer");
});
