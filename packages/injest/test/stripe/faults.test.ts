import { FAULT_KINDS } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { Mirror } from "../../src/testing/index.js";
import { FAULT_ROWS } from "./fault-rows.js";
import { change, create, fill } from "./filled-account.js";
import { expectTruth, failureOf, type Rig, runInto, startRig, streamOf } from "./rig.js";

/** These change the account, or what may be read of it: they have tests of their own. */
const OTHERS = ["stale-read", "cursor-deleted", "key-revoked", "permission-removed"];

/** Objects of a list whose last page cannot make up for what the others lack. */
const LONG = 600;
/** A request with all of its attempts. */
const DEADLINE_MS = 120_000;
const DAY = 86_400;

/** Customers: a few a second, over two years. Invoices: some have 25 lines. */
async function startAccount(count = 240): Promise<Rig> {
  const rig = await startRig({ latency: 100 });
  const now = Math.floor(rig.clock.now() / 1000);
  const seconds = Array.from({ length: count }, (_, index) => now - 2 * DAY - 3 * DAY * (index >> 1));
  fill(rig.sandbox, "customer", seconds);
  fill(rig.sandbox, "invoice", seconds);
  return rig;
}

it("each fault that the sandbox can play is tested", () => {
  expect(new Set([...FAULT_ROWS.map(({ fault }) => fault.kind), ...OTHERS])).toEqual(new Set(FAULT_KINDS));
});

describe("a list", () => {
  it.each(FAULT_ROWS)("is right after $name, on any of its pages", async ({ fault }) => {
    for (const nth of [1, [2, 4], [3, 4, 5]]) {
      const rig = await startAccount();
      const rule = rig.sandbox.faults.add({ match: { path: "/v1/customers", nth }, fault });
      const mirror = new Mirror();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      expect(rule.hits).toBeGreaterThan(0);
      expectTruth(rig, mirror, "customer");
    }
  });

  it.each(FAULT_ROWS)("ends as it should when $name does not end: $endless", async ({ fault, endless }) => {
    const rig = await startAccount(LONG);
    const mirror = new Mirror();
    rig.sandbox.faults.add({ match: { path: "/v1/customers" }, fault });
    const startMs = rig.clock.now();
    const run = runInto(rig, mirror, streamOf(rig.open(), "customers"));
    if (endless === "right") {
      await run;
      expectTruth(rig, mirror, "customer");
      return;
    }
    const error = await failureOf(run);
    expect(error).toMatchObject({ code: endless, facts: { endpoint: "/v1/customers" } });
    expect(error.hint).not.toBe("");
    expect(rig.clock.now() - startMs).toBeLessThanOrEqual(DEADLINE_MS + 1_000);

    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
  });

  it.each(FAULT_ROWS)("keeps what came before $name, and is resumed from there", async ({ fault, endless }) => {
    if (endless === "right") return;
    const rig = await startAccount(LONG);
    const mirror = new Mirror();
    const nth = Array.from({ length: 2_000 }, (_, index) => index + 3);
    rig.sandbox.faults.add({ match: { path: "/v1/customers", nth }, fault });
    await runInto(rig, mirror, streamOf(rig.open(), "customers")).catch((error: unknown) => {
      expect(error).toMatchObject({ code: endless });
    });
    const kept = mirror.rows.size;
    expect(kept).toBeGreaterThan(0);
    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    const rest = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
    expect(rest.upserts.size).toBeLessThanOrEqual(LONG - kept + 10);
  });
});

describe("an increment", () => {
  const PLACES = ["/v1/events", "/v1/invoices", "/v1/invoices/{id}", "/v1/invoices/{id}/lines"];

  it.each(FAULT_ROWS)("is right after $name, wherever it strikes", async ({ fault }) => {
    const rig = await startAccount();
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    // Nothing in a line says where in its list it stands.
    const places = fault.kind === "wrong-order" ? PLACES.slice(0, 3) : PLACES;
    for (const path of places) {
      rig.clock.advance(DAY * 1000);
      // The sweep shows some of them, the others are read singly.
      for (const id of ["000020", "000101", "000180", "000239"]) change(rig.sandbox, "invoices", `invoice_${id}`);
      create(rig.sandbox, "invoices", Math.floor(rig.clock.now() / 1000));
      rig.clock.advance(DAY * 1000);
      const rule = rig.sandbox.faults.add({ match: { path }, fault, times: 2 });
      await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
      expect(rule.hits).toBeGreaterThan(0);
      rule.remove();
      expectTruth(rig, mirror, "invoice");
    }
  });
});

describe("a key", () => {
  it("that is revoked amid a read ends it at once; another key of the account goes on", async () => {
    const rig = await startAccount();
    const mirror = new Mirror();
    rig.sandbox.faults.add({ match: { path: "/v1/customers", nth: 3 }, fault: { kind: "key-revoked" } });
    const startMs = rig.clock.now();
    const error = await failureOf(runInto(rig, mirror, streamOf(rig.open(), "customers")));
    expect(error).toMatchObject({ code: "SOURCE_UNAUTHORIZED", remedy: "fix-credentials", facts: { status: 401 } });
    expect(rig.clock.now() - startMs).toBeLessThan(5_000);
    expect(mirror.rows.size).toBeGreaterThan(0);
    const apiKey = rig.sandbox.addKey("all");
    await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expectTruth(rig, mirror, "customer");
  });

  it.each([
    ["/v1/customers", "customer_read"],
    ["/v1/customers/{id}", "customer_read"],
  ])("that loses its permission amid a read of %s ends it with the permission's name", async (path, permission) => {
    const rig = await startAccount();
    const apiKey = rig.sandbox.addKey([permission, "event_read"]);
    const mirror = new Mirror();
    const nth = path === "/v1/customers" ? 3 : 1;
    if (nth === 1) {
      await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
      rig.clock.advance(DAY * 1000);
      change(rig.sandbox, "customers", "customer_000199");
      rig.clock.advance(DAY * 1000);
    }
    rig.sandbox.faults.add({ match: { path, nth }, fault: { kind: "permission-removed", permission }, times: 1 });
    const error = await failureOf(runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers")));
    expect(error).toMatchObject({ code: "SOURCE_FORBIDDEN", facts: { status: 403, permission } });
    expect(error.hint).toContain(permission);
    rig.sandbox.grantPermission(apiKey, permission);
    await runInto(rig, mirror, streamOf(rig.open({ apiKey }), "customers"));
    expectTruth(rig, mirror, "customer");
  });
});

describe("an object", () => {
  it("at which a page begins may be deleted just then", async () => {
    const rig = await startAccount();
    const mirror = new Mirror();
    const rule = rig.sandbox.faults.add({
      match: { query: "starting_after" },
      fault: { kind: "cursor-deleted" },
      times: 3,
    });
    const before = new Set([...rig.sandbox.truth("customer")].map(({ id }) => id));
    const { upserts } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(rule.hits).toBe(3);
    for (const { id, deleted } of rig.sandbox.truth("customer")) if (!deleted) expect(upserts.get(id)).toBe(1);
    expect(new Set(upserts.keys())).toEqual(before);
    rig.clock.advance(DAY * 1000);
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expect(deletes).toHaveLength(3);
    expectTruth(rig, mirror, "customer");
  });

  it("that is read as it was before is read again when its event comes", async () => {
    const rig = await startAccount();
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    rig.clock.advance(DAY * 1000);
    change(rig.sandbox, "customers", "customer_000001");
    rig.sandbox.faults.add({ match: { path: "/v1/customers" }, fault: { kind: "stale-read" }, times: 1 });
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    rig.clock.advance(DAY * 1000);
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
  });
});
