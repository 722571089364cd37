import { describe, expect, it } from "vitest";
import { STREAMS } from "../../src/stripe/catalog.js";
import { createObjectReader, type ObjectReader } from "../../src/stripe/objects/read-objects.js";
import type { StripeClient } from "../../src/stripe/client/stripe-client.js";
import { SourceError } from "../../src/errors.js";
import { collect } from "../../src/testing/stream-context.js";
import { startRig, streamOf } from "./rig.js";

const [customers] = STREAMS;

/** Reads customers of a Stripe that takes a second for each answer; the clock begins at 0. */
function readerOf(answer: () => string): ObjectReader {
  let nowMs = 0;
  const client = {
    clock: { monotonicMs: () => nowMs },
    get: async <T>(_request: unknown, parse: (body: Buffer, facts: object) => T): Promise<T> => {
      const sentMs = nowMs;
      nowMs += 1_000;
      return parse(Buffer.from(answer()), { requestId: "req_1", sentMs, receivedMs: nowMs });
    },
  } as unknown as StripeClient;
  return createObjectReader({
    client,
    spec: customers,
    apiVersion: "2026-10-28.endive",
    readAt: (sentMs) => new Date(sentMs),
    onNestedPage: () => undefined,
  });
}

describe("an object that is read by itself", () => {
  it.each([
    ["another object", '{"id":"cus_2","object":"customer"}'],
    ["another deleted object", '{"id":"cus_2","object":"customer","deleted":true}'],
    ["an object of another type", '{"id":"cus_1","object":"invoice","created":1}'],
    ["an object without created", '{"id":"cus_1","object":"customer"}'],
    ["an object with a created that is text", '{"id":"cus_1","object":"customer","created":"1700000000"}'],
    ["an object with a created that is no whole second", '{"id":"cus_1","object":"customer","created":1700000000.5}'],
    ["an object with a created beyond all numbers", '{"id":"cus_1","object":"customer","created":1e18}'],
  ])("is not taken for %s that comes in its place", async (_, body) => {
    const reading = readerOf(() => body).retrieve("cus_1");
    await expect(reading).rejects.toMatchObject({ code: "SOURCE_RESPONSE_INVALID", remedy: "retry" });
  });

  it("may have null for its created, as a few legacy objects do", async () => {
    const reading = readerOf(() => '{"id":"cus_1","object":"customer","created":null}').retrieve("cus_1");
    await expect(reading).resolves.toMatchObject({ op: "upsert", id: "cus_1", created: null });
  });

  it.each([
    ["another refusal names something that is missing", 400, "resource_missing"],
    ["what was asked for is not found for another reason", 404, "url_invalid"],
  ])("is not gone because %s", async (_, status, providerCode) => {
    const reader = readerOf(() => {
      throw new SourceError("SOURCE_REQUEST_REFUSED", "no such thing", { hint: "", facts: { status, providerCode } });
    });
    await expect(reader.retrieve("cus_1")).rejects.toMatchObject({ code: "SOURCE_REQUEST_REFUSED" });
  });

  it("is gone as of the time at which the request was sent that was answered so: not of the answer, as it may be back by then, and not of a request before that failed", async () => {
    const latencyMs = 1_000;
    const rig = await startRig({ latency: latencyMs });
    rig.sandbox.faults.add({ match: { path: "/v1/payment_intents/pi_1" }, fault: { kind: "stall" }, times: 3 });
    const retrieving = collect(streamOf(rig.open(), "payment_intents").retrieve(["pi_1"]));
    const [gone] = await rig.clock.run(retrieving);
    expect(rig.sandbox.requests.count).toBe(4);
    const answeredMs = rig.clock.now();
    expect(gone).toMatchObject({ op: "delete", id: "pi_1" });
    const readMs = gone?.readAt.getTime() ?? 0;
    expect(answeredMs - readMs).toBeGreaterThanOrEqual(latencyMs);
    // `Date` counts whole seconds.
    expect(answeredMs - readMs).toBeLessThan(2 * latencyMs + 1_000);
  });
});
