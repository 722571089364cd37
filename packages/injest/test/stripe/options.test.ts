import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { SourceError, StripeCustomersStream, stripeSource, type StripeSourceOptions } from "../../src/index.js";
import type { ReadOptions } from "../../src/source.js";
import { collect } from "../../src/testing/stream-context.js";
import { failureOf, startRig, streamOf } from "./rig.js";

/** As from a program without types. */
const untyped = (value: unknown): never => value as never;
const NO_TIMES = ["2026-01-01", 1_767_225_600_000, null, "", new Date("yesterday")];

function expectRefused(error: unknown, option: string): void {
  expect(error).toBeInstanceOf(SourceError);
  expect(error).toMatchObject({ code: "SOURCE_OPTION_INVALID", remedy: "fix-config" });
  const { message, hint } = error as SourceError;
  expect(message).toContain(`\`${option}\``);
  expect(hint).toContain(`\`${option}\``);
}

describe("an option of a source that cannot be used is refused, by its name", () => {
  it.each([
    ["apiKey", undefined],
    ["apiKey", ""],
    ["apiKey", "sk_live_1\nx"],
    ["apiVersion", 2026],
    ["share", 5],
    ["share", 0],
    ["share", NaN],
    ["share", "0.5"],
    ["limits", { account: 100 }],
    ["limits", null],
    ["maxRequestsPerSecond", 0],
    ["proxy", "user:hunter2@proxy.example:3128"],
    ["proxy", "http://user:hunter2@proxy.example:99999"],
    ["proxy", "http://user:hun%ter2@proxy.example:3128"],
    ["proxy", "socks5://user:hunter2@proxy.example:1080"],
    ["proxy", ""],
    ["sweepDays", -1],
    ["attemptTimeoutMs", "20s"],
    ["requestTimeoutMs", 0],
  ])("%s: %j", (option, value) => {
    const options: StripeSourceOptions = untyped({ apiKey: "sk_live_hunter2", [option]: value });
    let thrown: unknown;
    try {
      stripeSource(options);
    } catch (error) {
      thrown = error;
    }
    expectRefused(thrown, option);
    expect(inspect(thrown, { depth: null })).not.toMatch(/hunter2|ter2|sk_live_1/);
  });

  it("all of them at once", () => {
    const open = (): unknown => stripeSource(untyped({ apiKey: "sk_live_1", share: 2, sweepDays: "a month" }));
    expect(open).toThrow(/`share`.*`sweepDays`/);
  });
});

describe("a time that is none is refused, and nothing is sent", () => {
  it.each(NO_TIMES)("%j", async (time) => {
    const rig = await startRig();
    const source = rig.open();
    const stream = streamOf(source, "customers");
    const since: Date = untyped(time);
    const works: [string, Promise<unknown>][] = [
      ["since", collect(source.events({ since }))],
      ["since", collect(stream.read({ window: { since } }))],
      ["until", collect(stream.read({ window: { until: since } }))],
      ["firstSince", collect(stream.read({ firstSince: since }))],
      ["newestReadAt", collect(stream.read({ newestReadAt: since }))],
      ["newestReadAt", collect(stream.retrieve(["cus_1"], { newestReadAt: since }))],
      ["since", stream.estimate({ window: { since } })],
      [
        "since",
        collect(new StripeCustomersStream({ apiKey: rig.sandbox.key, apiBase: rig.sandbox.url }).extract({ since })),
      ],
    ];
    for (const [option, work] of works) expectRefused(await failureOf(rig.clock.run(work)), option);
    expect(rig.sandbox.requests.count).toBe(0);
  });
});

it("what is no window, and what are no ids, is refused, and nothing is sent", async () => {
  const rig = await startRig();
  const stream = streamOf(rig.open(), "customers");
  const window: NonNullable<ReadOptions["window"]> = untyped("2026");
  expectRefused(await failureOf(rig.clock.run(collect(stream.read({ window })))), "window");
  for (const ids of ["cus_1", [1], undefined])
    expectRefused(await failureOf(rig.clock.run(collect(stream.retrieve(untyped(ids))))), "ids");
  expect(rig.sandbox.requests.count).toBe(0);
});

it("the events of a stream that there is not are refused, with the names of those that there are", async () => {
  const rig = await startRig();
  const events = rig.open().events({ since: new Date(rig.clock.now()), stream: "nope" });
  const error = await failureOf(rig.clock.run(collect(events)));
  expectRefused(error, "stream");
  expect(error.message).toContain("customers, invoices, payment_intents, refunds");
  expect(rig.sandbox.requests.count).toBe(0);
});
