import { describe, expect, it } from "vitest";
import { createStoppedClock, startSandbox } from "../src/index.js";
import { get, post } from "./client.js";

const clock = () => createStoppedClock(1_790_000_000_000);

describe("the control endpoint", () => {
  it("moves the clock and lets the account live", async () => {
    await using sandbox = await startSandbox({ scenario: "mensio", clock: clock() });
    expect((await post(sandbox, "/_sandbox/advance", { ms: 5000 })).json).toEqual({ now_ms: 1_790_000_005_000 });
    const happened = (await post(sandbox, "/_sandbox/live", { days: 1, seed: 3, changes_per_day: 40 })).json;
    const changes = Object.values(happened as unknown as Record<string, number>);
    expect(changes.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
    expect(sandbox.clock.now()).toBe(1_790_000_005_000 + 86_400_000);
  });

  it("adds and clears faults", async () => {
    await using sandbox = await startSandbox();
    await post(sandbox, "/_sandbox/faults", { match: { path: "/v1/customers" }, fault: { kind: "lock-timeout" } });
    expect((await get(sandbox, "/v1/customers")).status).toBe(409);
    expect((await get(sandbox, "/v1/invoices")).status).toBe(200);
    await post(sandbox, "/_sandbox/faults", { clear: true });
    expect((await get(sandbox, "/v1/customers")).status).toBe(200);
    const wrong = await post(sandbox, "/_sandbox/faults", { fault: { kind: "gremlin" } });
    expect([wrong.status, JSON.stringify(wrong.json)]).toEqual([400, expect.stringContaining("rate-limited")]);
  });

  it.each(["gremlin", "constructor", "__proto__"])("knows no command %s", async (name) => {
    await using sandbox = await startSandbox();
    const { status, json } = await post(sandbox, `/_sandbox/${name}`, {});
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining(`no such command: ${name}`)]);
  });

  it("calls mutations and says how they failed", async () => {
    await using sandbox = await startSandbox();
    const made = await post(sandbox, "/_sandbox/mutate", { call: "invoices.create", args: [{ description: "x" }, 12] });
    const { id } = made.json as unknown as { id: string };
    expect((await get(sandbox, `/v1/invoices/${id}`)).json).toMatchObject({
      description: "x",
      lines: { has_more: true },
    });
    await post(sandbox, "/_sandbox/mutate", { call: "put", args: ["customer", '{"id":"cus_1","created":1}'] });
    expect(sandbox.find("customer", "cus_1")).toEqual({ id: "cus_1", created: 1 });
    for (const [call, reason] of [
      ["invoices.pay", "status is draft"],
      ["invoices.constructor", "no such mutation"],
      ["close", "no such mutation"],
    ] as const) {
      const refused = await post(sandbox, "/_sandbox/mutate", { call, args: [id] });
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(reason)]);
    }
  });

  it("tells the truth and the counters, and sets how the API behaves", async () => {
    await using sandbox = await startSandbox();
    sandbox.customers.create();
    const truth = await post(sandbox, "/_sandbox/truth", { object_type: "customer" });
    expect(truth.json).toEqual([...sandbox.truth("customer")]);
    await post(sandbox, "/_sandbox/settings", { layout: "indented", rateLimits: { endpointPerSecond: 1 } });
    expect((await get(sandbox, "/v1/customers")).text).toContain("\n  ");
    expect((await get(sandbox, "/v1/customers")).status).toBe(429);
    const stats = (await post(sandbox, "/_sandbox/stats", { clear: true })).json;
    expect(stats).toMatchObject({ total: { requests: 2, rateLimited: 1, items: 1 } });
    expect(sandbox.requests.count).toBe(0);
    expect((await post(sandbox, "/_sandbox/accounts", {})).json).toEqual([
      { id: sandbox.id, livemode: true, key: sandbox.key },
    ]);
  });

  it("names its commands to who asks for another", async () => {
    await using sandbox = await startSandbox();
    expect((await post(sandbox, "/_sandbox/dance", {})).text).toContain("advance, live, faults, mutate");
  });
});
