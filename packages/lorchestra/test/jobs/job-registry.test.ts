import { expect, test } from "vitest";
import { BUILT_IN_JOBS } from "../../src/jobs/built-in-jobs.js";
import { ingestJob } from "../../src/jobs/ingest-job.js";
import { createJobRegistry } from "../../src/jobs/job-registry.js";

const mine = ingestJob({ name: "my_job", description: "Mine", provider: "stripe", stream: "refunds" });

test("the four jobs of the seed are there by their names, each with its stream", () => {
  const streams = Object.fromEntries(Object.values(BUILT_IN_JOBS).map(({ name, stream }) => [name, stream]));
  expect(streams).toMatchObject({
    stripe_ingest_customers: "customers",
    stripe_ingest_invoices: "invoices",
    stripe_ingest_payment_intents: "payment_intents",
    stripe_ingest_refunds: "refunds",
  });
});

test("a registry holds a project's own jobs after those that come with lorchestra", () => {
  const registry = createJobRegistry(Object.values(BUILT_IN_JOBS), [mine]);
  expect(registry.jobs.at(-1)).toBe(mine);
  expect(registry.get("my_job")).toBe(mine);
  expect(registry.get("toString")).toBeUndefined();
});

test("a job may not take the name of another", () => {
  const taken = ingestJob({ name: "stripe_ingest_refunds", description: "x", provider: "stripe", stream: "refunds" });
  expect(() => createJobRegistry(Object.values(BUILT_IN_JOBS), [taken])).toThrow(
    expect.objectContaining({ code: "JOB_MODULE_INVALID", message: expect.stringContaining("stripe_ingest_refunds") }),
  );
});
