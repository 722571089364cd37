import { afterEach, beforeEach, expect, test } from "vitest";
import { planJobs } from "../../src/runs/plan.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
  for (let n = 0; n < 7; n += 1) rig.source.put(`th_${n}`, {});
});
afterEach(() => rig[Symbol.asyncDispose]());

test("a plan has what the source and the warehouse expect, with the assumptions", async () => {
  const { jobs } = await rig.run((context) => planJobs([{ job: THINGS, context }]), { access: "read" });
  expect(jobs).toMatchObject([
    { job: "ingest_things", object_type: "thing", objects: { likely: 7 }, requests: { likely: 3 }, error: null },
  ]);
  expect(jobs[0]?.warehouse?.assumptions.length).toBeGreaterThan(0);
});

test("a source that cannot be asked leaves its job without figures, and says why", async () => {
  const { jobs } = await rig.run(
    (context) =>
      planJobs([
        { job: { ...THINGS, stream: "absent" }, context },
        { job: THINGS, context },
      ]),
    { access: "read" },
  );
  expect(jobs).toMatchObject([{ objects: null, error: { code: "JOB_MODULE_INVALID" } }, { error: null }]);
});
