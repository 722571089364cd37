import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ingestJob } from "../../src/jobs/ingest-job.js";
import { loadJobModules } from "../../src/jobs/load-job-modules.js";
import { runJobs } from "../../src/runs/run-jobs.js";
import { arraySource } from "../runs/array-source.js";
import { type RunRig, runRig } from "../runs/run-rig.js";

const EXAMPLE = fileURLToPath(new URL("../../../../examples/custom-job/jobs.js", import.meta.url));

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

test("the example's jobs run: one reads a stream, the other looks at what was brought", async () => {
  const [refunds, open] = await loadJobModules([EXAMPLE], () => null);
  if (refunds === undefined || open === undefined) throw new Error("the example has two jobs");
  const now = (): number => rig.clock.wallMs();
  const refundSource = arraySource({ now, streamName: "refunds", objectType: "refund" });
  refundSource.put("re_1", { amount: 5 });
  const invoiceSource = arraySource({ now, streamName: "invoices", objectType: "invoice" });
  invoiceSource.put("in_1", { status: "open", currency: "cad", amount_remaining: 12_350 });
  invoiceSource.put("in_2", { status: "paid", currency: "cad", amount_remaining: 0 });
  invoiceSource.put("in_4", { status: "open", currency: "jpy", amount_remaining: 1_500 });
  invoiceSource.put("in_5", { status: "open", currency: "kwd", amount_remaining: 1_234 });
  invoiceSource.put("in_3", { status: "open", currency: "cad", amount_remaining: 50 });

  const read = await rig.run((context) => runJobs([{ job: refunds, context }]), { source: refundSource });
  expect(read).toMatchObject({
    status: "completed",
    jobs: [{ job: "hourly_refunds", object_type: "refund", inserted: 1 }],
  });
  const invoices = ingestJob({ name: "invoices", description: "Invoices", provider: "stripe", stream: "invoices" });
  await rig.run((context) => runJobs([{ job: invoices, context }]), { source: invoiceSource });
  const looked = await rig.run((context) => runJobs([{ job: open, context }]));
  expect(looked.jobs[0]).toMatchObject({
    job: "open_invoices",
    status: "completed",
    notices: [
      { code: "OPEN_INVOICES", message: "2 open invoices, 124.00 CAD outstanding" },
      { code: "OPEN_INVOICES", message: "1 open invoices, 1500 JPY outstanding" },
      { code: "OPEN_INVOICES", message: "1 open invoices, 1.234 KWD outstanding" },
    ],
  });
});
