import { expect } from "vitest";
import { verifyJobs } from "../../src/runs/verify/verify.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";
import type { VerifyOptions } from "../../src/runs/verify/verify-stream.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

/** Twenty things that a run has read, with money and a nested list each. */
export async function rigOfTwenty(): Promise<RunRig> {
  const rig = runRig();
  for (let n = 0; n < 20; n += 1) {
    rig.source.put(`th_${n}`, {
      created: 1_700_000_000 + n * 60,
      amount: 100 + n,
      currency: n % 2 === 0 ? "cad" : "usd",
      lines: { object: "list", data: [{ n: 1 }, { n: 2 }], has_more: false },
    });
  }
  await rig.run((context) => THINGS.run(context));
  // Beyond the second in which the stream was complete.
  rig.clock.advance(60_000);
  return rig;
}

/** Verifies the stream of things; without options all of it, and repairs nothing. */
export async function verifyThings(rig: RunRig, options: Partial<VerifyOptions> = {}): Promise<StreamVerification> {
  const given: VerifyOptions = { sample: null, repair: false, ...options };
  const access = given.repair ? "write" : "read";
  const report = await rig.run((context) => verifyJobs([{ job: THINGS, context }], given), { access });
  const [only] = report.jobs;
  if (only === undefined) throw new Error("no report");
  expect(report.status).toBe(only.status);
  return only;
}

/** What the source has of a thing, changed, as a literal of SQL. */
export function changedPayload(rig: RunRig, id: string, change: Record<string, unknown>): string {
  return `'${JSON.stringify({ ...(JSON.parse(rig.source.json(id)) as object), ...change })}'`;
}
