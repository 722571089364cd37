import { mensio } from "stripe-sandbox";
import { expect, it } from "vitest";
import type { ReadEvent } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { STREAM_NAMES } from "./filled-account.js";
import { runInto, startRig, streamOf } from "./rig.js";

it("what streams that are read at once tell of requests and refusals is what Stripe got", async () => {
  const rig = await startRig({ scenario: mensio(), latency: 300 });
  const source = rig.open();
  // One of them is the request for the account, which is made once for all streams.
  rig.sandbox.faults.add({ match: { nth: [1, 2, 3, 4, 5, 20, 30] }, fault: { kind: "rate-limited" } });
  rig.sandbox.faults.add({ match: { nth: [10, 40] }, fault: { kind: "server-error" } });
  const told: ReadEvent["type"][] = [];
  const observe = ({ type }: ReadEvent): void => void told.push(type);
  await Promise.all(STREAM_NAMES.map((name) => runInto(rig, new Mirror(), streamOf(source, name), { observe })));
  const count = (type: ReadEvent["type"]): number => told.filter((one) => one === type).length;
  expect(count("request")).toBe(rig.sandbox.requests.count);
  expect(count("rate-limited")).toBe(7);
});
