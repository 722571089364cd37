import { describe, expect, it } from "vitest";
import type { Stream } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { create, fill, objectJson } from "./filled-account.js";
import { expectTruth, failureOf, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
/** As long as a command may take to end after SIGINT, less the time for its commit. */
const AT_ONCE_MS = 2_000;

/** Invoices of one line, and behind the first page one whose lines take a second request. */
async function startInvoices(): Promise<Rig> {
  const rig = await startRig({ latency: 100 });
  const now = Math.floor(rig.clock.now() / 1000);
  for (let index = 0; index < 250; index += 1) {
    const id = `in_${String(index).padStart(3, "0")}`;
    rig.sandbox.put("invoice", objectJson("invoice", id, now - DAY * (index + 1), index === 120 ? 25 : 1));
  }
  return rig;
}

/** Takes batches until one is enough, and tells how long it then took to leave. */
async function leave(rig: Rig, stream: Stream<unknown>, how: "break" | "abort", options = {}): Promise<number> {
  const abort = new AbortController();
  let leftAtMs = Number.NaN;
  const work = async (): Promise<void> => {
    for await (const _ of stream.read({ ...options, signal: abort.signal })) {
      // What comes next is under way by then.
      await rig.clock.sleep(3_000);
      leftAtMs = rig.clock.now();
      if (how === "break") break;
      abort.abort(new Error("enough"));
    }
  };
  await rig.clock.run(work().catch((error: unknown) => expect(error).toMatchObject({ message: "enough" })));
  return rig.clock.now() - leftAtMs;
}

describe.each(["break", "abort"] as const)("an iteration that is left by %s", (how) => {
  it("waits for no nested list", async () => {
    const rig = await startInvoices();
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/invoices/{id}/lines" }, fault: { kind: "stall" } });
    expect(await leave(rig, streamOf(rig.open(), "invoices"), how)).toBeLessThan(AT_ONCE_MS);
    expect(rule.hits).toBeGreaterThan(0);
  });

  it("waits for no page", async () => {
    const rig = await startInvoices();
    const fault = { kind: "stall" } as const;
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/invoices", nth: [2, 3, 4, 5, 6] }, fault });
    expect(await leave(rig, streamOf(rig.open(), "invoices"), how)).toBeLessThan(AT_ONCE_MS);
    expect(rule.hits).toBeGreaterThan(0);
  });

  it("waits for no list of an increment that nobody has looked at yet", async () => {
    const rig = await startInvoices();
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    // After one more run the sweep is in the middle of its round.
    for (let day = 0; day < 2; day += 1) {
      rig.clock.advance(DAY * 1000);
      await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    }
    const now = Math.floor(rig.clock.now() / 1000);
    rig.sandbox.put("invoice", objectJson("invoice", "in_new", now));
    rig.clock.advance(60_000);
    const rule = rig.sandbox.faults.add({ match: { query: "starting_after" }, fault: { kind: "stall" } });
    const { cursor } = mirror;
    expect(await leave(rig, streamOf(rig.open(), "invoices"), how, { cursor })).toBeLessThan(AT_ONCE_MS);
    expect(rule.hits).toBeGreaterThan(0);
    rule.remove();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expectTruth(rig, mirror, "invoice");
  });

  it("asks for nothing more of the lists of an increment", async () => {
    const rig = await startRig({ latency: 500 });
    const now = Math.floor(rig.clock.now() / 1000);
    const seconds = Array.from({ length: 1_500 }, (_, index) => now - DAY * (index + 1));
    fill(rig.sandbox, "customer", seconds);
    const mirror = new Mirror();
    const open = (): Stream<unknown> => streamOf(rig.open({ sweepDays: 5 }), "customers");
    // After one more run the sweep is in the middle of its round.
    for (let day = 0; day < 2; day += 1) {
      rig.clock.advance(DAY * 1000);
      await runInto(rig, mirror, open());
    }
    const newest = Math.floor(rig.clock.now() / 1000) - 60;
    for (let index = 0; index < 2_000; index += 1) create(rig.sandbox, "customers", newest - index, false);
    rig.clock.advance(DAY * 1000);
    const { cursor } = mirror;
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      for await (const _ of open().read({ ...(cursor !== undefined && { cursor }), signal: abort.signal })) {
        if (how === "break") break;
        abort.abort(new Error("enough"));
      }
    };
    await rig.clock.run(work().catch((error: unknown) => expect(error).toMatchObject({ message: "enough" })));
    // What was on its way then may still arrive.
    await rig.clock.run(rig.clock.sleep(500));
    const sent = rig.sandbox.requests.count;
    await rig.clock.run(rig.clock.sleep(10_000));
    expect(rig.sandbox.requests.count).toBe(sent);
  });

  it("waits for no single object", async () => {
    const rig = await startInvoices();
    const abort = new AbortController();
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/invoices/{id}", nth: 2 }, fault: { kind: "stall" } });
    let leftAtMs = Number.NaN;
    const work = async (): Promise<void> => {
      const ids = ["in_001", "in_002", "in_003"];
      for await (const _ of streamOf(rig.open(), "invoices").retrieve(ids, { signal: abort.signal })) {
        leftAtMs = rig.clock.now();
        if (how === "break") break;
        abort.abort(new Error("enough"));
      }
    };
    await rig.clock.run(work().catch((error: unknown) => expect(error).toMatchObject({ message: "enough" })));
    expect(rig.clock.now() - leftAtMs).toBeLessThan(AT_ONCE_MS);
    expect(rule.hits).toBe(1);
  });
});

describe("a reading that has all objects", () => {
  it("waits for no page that is still on its way", async () => {
    const rig = await startRig({ latency: 100 });
    const crowded = Math.floor(rig.clock.now() / 1000) - 100 * DAY;
    const older = Array.from({ length: 30 }, (_, index) => crowded - DAY * (index + 1));
    fill(rig.sandbox, "customer", [...Array.from({ length: 450 }, () => crowded), ...older]);
    // From its newest end the crowded second is read all the same.
    const rule = rig.sandbox.faults.add({ match: { query: "ending_before" }, fault: { kind: "stall" } });
    const mirror = new Mirror();
    const startMs = rig.clock.now();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(rule.hits).toBe(1);
    expect(rig.clock.now() - startMs).toBeLessThan(5_000);
    expectTruth(rig, mirror, "customer");
  });
});

describe("a stream that is left", () => {
  it("leaves the others of its source alone, also the request that they wait for together", async () => {
    const rig = await startInvoices();
    fill(rig.sandbox, "customer", [Math.floor(rig.clock.now() / 1000) - DAY]);
    // Nobody knows yet whose account it is.
    rig.sandbox.faults.add({
      match: { path: "/v1/account", nth: 1 },
      fault: { kind: "stall", forMs: 5_000 },
    });
    const source = rig.open();
    const abort = new AbortController();
    const reading = new Mirror().run(streamOf(source, "customers"), { signal: abort.signal });
    const left = reading.then(String, (error: unknown) => String(error));
    const mirror = new Mirror();
    const others = runInto(rig, mirror, streamOf(source, "invoices"));
    await rig.clock.run(rig.clock.sleep(1_000));
    abort.abort(new Error("enough"));
    await others;
    expect(await left).toBe("Error: enough");
    expectTruth(rig, mirror, "invoice");
    expect(rig.sandbox.requests.endpoints["GET /v1/account"]?.requests).toBe(1);
  });

  it("may be the last that waits for it, and the next asks anew", async () => {
    const rig = await startInvoices();
    rig.sandbox.faults.add({ match: { path: "/v1/account", nth: 1 }, fault: { kind: "stall" } });
    const source = rig.open();
    const abort = new AbortController();
    const left = new Mirror().run(streamOf(source, "invoices"), { signal: abort.signal }).catch(String);
    await rig.clock.run(rig.clock.sleep(1_000));
    abort.abort(new Error("enough"));
    expect(await rig.clock.run(left)).toBe("Error: enough");
    const mirror = new Mirror();
    const startMs = rig.clock.now();
    await runInto(rig, mirror, streamOf(source, "invoices"));
    expect(rig.clock.now() - startMs).toBeLessThan(5_000);
  });
});

it("a source that is closed ends what is read of it at once, with an error", async () => {
  const rig = await startInvoices();
  rig.sandbox.faults.add({ match: { path: "/v1/invoices" }, fault: { kind: "stall" } });
  const source = rig.open();
  const failing = failureOf(new Mirror().run(streamOf(source, "invoices")));
  await rig.clock.run(rig.clock.sleep(3_000));
  const closedAtMs = rig.clock.now();
  await source.close();
  expect(await rig.clock.run(failing)).toMatchObject({ code: "SOURCE_UNREACHABLE" });
  expect(rig.clock.now() - closedAtMs).toBeLessThan(AT_ONCE_MS);
});
