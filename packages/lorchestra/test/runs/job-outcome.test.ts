import { SourceError } from "injest";
import { describe, expect, it } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import { outcomeOf } from "../../src/runs/job/job-outcome.js";
import { interruptionGrace } from "../../src/runs/job/interruption-grace.js";
import { stoppedClock } from "./stopped-clock.js";

const OPTIONS = { hint: "do something" };

describe("a job that ends after it was asked to stop", () => {
  it.each([
    ["what the signal gave", new Error("stop"), "interrupted"],
    ["what a library throws when it is stopped", new TypeError("terminated"), "interrupted"],
    ["a failure that may pass", new SourceError("SOURCE_UNREACHABLE", "no answer", OPTIONS), "interrupted"],
    ["a lease that was taken", new LorchestraError("LEASE_LOST", "too late", OPTIONS), "interrupted"],
    ["a key that lacks a permission", new SourceError("SOURCE_FORBIDDEN", "refused", OPTIONS), "failed"],
    ["too many deletions", new LorchestraError("DELETE_LIMIT", "too many", OPTIONS), "failed"],
  ])("with %s is %3$s", (_, error, status) => {
    expect(outcomeOf({ error }, false, AbortSignal.abort(new Error("stop"))).status).toBe(status);
    expect(outcomeOf({ error }, false, new AbortController().signal).status).toBe("failed");
  });

  it("has half of its time to look for deleted rows, and all of it to commit", async () => {
    const clock = stoppedClock();
    const interruption = new AbortController();
    using grace = interruptionGrace(interruption.signal, clock, 6_000);
    const aborted = async (elapsedMs: number): Promise<boolean[]> => {
      clock.advance(elapsedMs);
      await new Promise((resolve) => setImmediate(resolve));
      return [grace.retrieving.aborted, grace.committing.aborted];
    };
    expect(await aborted(60_000)).toEqual([false, false]);
    interruption.abort(new Error("stop"));
    expect(await aborted(2_999)).toEqual([false, false]);
    expect(await aborted(1)).toEqual([true, false]);
    expect(await aborted(2_999)).toEqual([true, false]);
    expect(await aborted(1)).toEqual([true, true]);
    expect(grace.committing.reason).toBe(interruption.signal.reason);
  });
});
