import { describe, expect, it } from "vitest";
import { exitCodeOfError } from "../../src/cli/exit-code.js";
import { change, create } from "../../../injest/test/stripe/filled-account.js";
import { FAULT_ROWS, type FaultRow } from "../../../injest/test/stripe/fault-rows.js";
import { type AccountRig, accountRig, JOBS } from "./account-rig.js";

/** Customers: the last page of so many cannot make up for what others lack. */
const LONG = 600;
/** So that what never ends is over after a few attempts. */
const IMPATIENT = ["attempt_timeout_s: 2", "request_timeout_s: 5"];

/** All of its rows are right, and none is missing. */
async function expectAll(rig: AccountRig): Promise<void> {
  expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
}

describe("a run, from Stripe to the tables,", () => {
  it.each(inThrees(FAULT_ROWS))("is right and ends with 0 when these pass: %s", async (_, rows) => {
    await using rig = await accountRig();
    const { faults } = rig.sandbox;
    const rules = rows.map(({ fault }, index) =>
      faults.add({ match: { path: "/v1/customers", nth: index + 1 }, fault }),
    );
    // Nothing in a line says where in its list it stands.
    const ofLines = rows.filter(({ fault }) => fault.kind !== "wrong-order");
    for (const { fault } of ofLines)
      rules.push(faults.add({ match: { path: "/v1/invoices/{id}/lines" }, fault, times: 1 }));
    expect(await rig.json("run", ...JOBS)).toMatchObject({ code: 0, document: { status: "completed" } });
    for (const rule of rules) expect(rule.hits).toBe(1);
    await expectAll(rig);

    faults.clear();
    for (const id of ["customer_000003", "customer_000120"]) change(rig.sandbox, "customers", id);
    change(rig.sandbox, "invoices", "invoice_000020");
    rig.sandbox.customers.delete("customer_000007");
    create(rig.sandbox, "invoices", Math.floor(rig.sandbox.clock.now() / 1000));
    for (const path of ["/v1/events", "/v1/customers", "/v1/customers/{id}", "/v1/invoices/{id}"])
      for (const { fault } of rows) faults.add({ match: { path }, fault, times: 1 });
    expect(await rig.json("run", ...JOBS)).toMatchObject({ code: 0, document: { status: "completed" } });
    await expectAll(rig);
  });

  it.each(FAULT_ROWS)("ends in time and as it should with $name that does not pass, and loses nothing", async (row) => {
    const { fault, endless } = row;
    await using rig = await accountRig({}, LONG);
    await rig.configure(...IMPATIENT);
    const rule = rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: FROM_THE_THIRD }, fault });
    const { code, document } = await rig.json("run", "stripe_ingest_customers");
    expect(rule.hits).toBeGreaterThan(0);
    const held = await rig.compare();
    expect(held.wrong).toEqual([]);
    if (endless === "right") {
      expect(code).toBe(0);
    } else {
      expect(document.jobs[0]).toMatchObject({ status: "failed", watermark: null, error: { code: endless } });
      expect(code).toBe(exitCodeOfError(endless));
      expect(code).toBe(8);
      expect(held.right).toBeGreaterThan(0);
      expect(document.jobs[0]?.error?.hint).not.toBe("");
    }

    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    await rig.configure();
    const next = await rig.json("run", ...JOBS);
    expect(next).toMatchObject({ code: 0, document: { status: "completed" } });
    expect(next.document.jobs[0]?.inserted).toBe(LONG - held.right);
    await expectAll(rig);
  });
});

const FROM_THE_THIRD = Array.from({ length: 500 }, (_, index) => index + 3);

function inThrees(rows: readonly FaultRow[]): [names: string, rows: readonly FaultRow[]][] {
  return Array.from({ length: Math.ceil(rows.length / 3) }, (_, index) => {
    const three = rows.slice(3 * index, 3 * index + 3);
    return [three.map(({ name }) => name).join("; "), three];
  });
}
