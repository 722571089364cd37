import { expect, it } from "vitest";
import { change } from "../../../injest/test/stripe/filled-account.js";
import { type AccountRig, accountRig } from "./account-rig.js";

const CUSTOMERS = "stripe_ingest_customers";
const STATE = "SELECT external_id, payload_hash, last_seen, deleted_at FROM events_dev.raw_objects ORDER BY 1";
const CHECKPOINT = "SELECT stream, cursor FROM events_dev.checkpoints ORDER BY 1";

const stateOf = async (rig: AccountRig): Promise<unknown[]> => [await rig.rows(STATE), await rig.rows(CHECKPOINT)];

it.each([
  ["that Stripe tells of", true],
  ["that only a full listing shows", false],
])(
  "60 of 250 deletions %s stop a run with 1 and change nothing; with --allow-deletes the next is right",
  async (_, told) => {
    await using rig = await accountRig();
    expect((await rig.run("run", CUSTOMERS)).code).toBe(0);
    const before = await stateOf(rig);
    rig.clock.advance(120_000);
    change(rig.sandbox, "customers", "customer_000249");
    for (let index = 0; index < 60; index += 1) {
      const id = `customer_${String(index).padStart(6, "0")}`;
      if (told) rig.sandbox.customers.delete(id);
      else rig.sandbox.remove("customer", id);
    }
    const argv = ["run", CUSTOMERS, ...(told ? [] : ["--full"])];
    for (const attempt of ["the first", "the second"]) {
      const stopped = await rig.json(...argv);
      expect([attempt, stopped.code]).toEqual([attempt, 1]);
      expect(stopped.document.jobs[0]).toMatchObject({ status: "failed", updated: 0, deleted: 0 });
      expect(stopped.document.jobs[0]?.error).toMatchObject({
        code: "DELETE_LIMIT",
        hint: expect.stringContaining("--allow-deletes"),
      });
      expect(await stateOf(rig)).toEqual(before);
    }
    const allowed = await rig.json(...argv, "--allow-deletes");
    expect(allowed).toMatchObject({ code: 0, document: { jobs: [{ status: "completed", updated: 1, deleted: 60 }] } });
    const { wrong, missing } = await rig.compare();
    expect(wrong).toEqual([]);
    // The invoices of the account were not asked for.
    expect(missing.filter((id) => id.startsWith("customer"))).toEqual([]);
  },
);
