import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Account } from "stripe-sandbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BUILT_IN_JOBS } from "../../src/jobs/built-in-jobs.js";
import { type AccountRig, accountRig } from "../faults/account-rig.js";
import { commandLine, folder } from "./command-line.js";

const STRIPE_JOBS = Object.keys(BUILT_IN_JOBS);
const CUSTOMERS = "stripe_ingest_customers";
const INVOICES = "stripe_ingest_invoices";

/** Changes the tables behind the command's back. */
async function tamper({ directory }: AccountRig, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(directory, "lorchestra.duckdb"));
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

/** Ten customers who owe, in two currencies, and an invoice of 12 lines. */
async function smallAccount(): Promise<{ rig: AccountRig; ids: string[]; invoice: string }> {
  const rig = await accountRig({ scenario: "empty" });
  const ids = Array.from({ length: 10 }, (_, index) => {
    const customer = rig.sandbox.customers.create({ balance: 100 + index, currency: index % 2 === 0 ? "cad" : "usd" });
    rig.clock.advance(60_000);
    return customer.id;
  });
  const invoice = rig.sandbox.invoices.create({ customer: ids[0] ?? "" }, 12).id;
  rig.clock.advance(600_000);
  expect((await rig.run("run", CUSTOMERS, INVOICES)).code).toBe(0);
  rig.clock.advance(600_000);
  return { rig, ids, invoice };
}

describe("lorchestra verify", () => {
  let rig: AccountRig;
  let ids: string[];
  let invoice: string;
  beforeEach(async () => {
    ({ rig, ids, invoice } = await smallAccount());
  });
  afterEach(() => rig[Symbol.asyncDispose]());
  const idAt = (index: number): string => ids[index] ?? "";

  it("prints what is missing, extra, stale and incomplete, stream by stream, with the money of both sides, and ends with 7", async () => {
    await tamper(rig, `DELETE FROM events_dev.raw_objects WHERE external_id = '${idAt(0)}'`);
    rig.sandbox.remove("customer", idAt(1));
    rig.sandbox.events.silently(() => rig.sandbox.customers.update(idAt(2), { name: "Another Name" }));
    await tamper(
      rig,
      `UPDATE events_dev.raw_objects SET payload = regexp_replace(payload::VARCHAR, '"data":\\[.*\\],"has_more":false', '"data":[],"has_more":true') WHERE external_id = '${invoice}'`,
    );
    const { code, stdout } = await rig.run("verify", CUSTOMERS, INVOICES);
    expect(code).toBe(7);
    expect(stdout).toContain(`lorchestra verify ${CUSTOMERS} ${INVOICES} --repair reads just these again`);
    const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
    expect(lines).toContain(`${CUSTOMERS}  9 in Stripe  9 in warehouse  1 missing, 1 extra, 1 stale`);
    expect(lines).toContain(`${INVOICES}  1 in Stripe  1 in warehouse  1 incomplete`);
    expect(lines).toContain(`${idAt(0)}  missing`);
    expect(stdout).toMatch(new RegExp(`${idAt(1)} {2}extra \\(read \\d{4}-\\d\\d-\\d\\d\\)`));
    expect(stdout).toMatch(new RegExp(`${idAt(2)} {2}stale \\(read .*\\) {2}name`));
    // 100, 102, … of Canadian dollars; the row of the first is missing.
    expect(lines).toContain("sum CAD 5.20 in Stripe, CAD 4.20 in the warehouse");
    expect(lines.at(-2)).toMatch(/^✗ 4 of 10 differ/);
  });

  it("says what to do next for the project and the warehouse that it compared, as a shell takes it", async () => {
    await rename(join(rig.directory, "lorchestra.yaml"), join(rig.directory, "my b.yaml"));
    rig.sandbox.remove("customer", idAt(1));
    rig.sandbox.events.silently(() => rig.sandbox.customers.update(idAt(2), { name: "Another Name" }));
    const where = ["--config", "my b.yaml", "--warehouse", "duckdb:./lorchestra.duckdb"];
    const { code, stdout } = await rig.run(...where, "verify", CUSTOMERS, "--connection", "stripe-mensio");
    expect(code).toBe(7);
    const flags = '--config "my b.yaml" --warehouse duckdb:./lorchestra.duckdb --connection stripe-mensio';
    expect(stdout).toContain(` · lorchestra verify ${CUSTOMERS} ${flags} --repair reads just these again\n`);
  });

  it("repairs just what differs, whatever the hash says, and ends with 0", async () => {
    await tamper(
      rig,
      `UPDATE events_dev.raw_objects SET payload = '{"id":"${idAt(3)}"}' WHERE external_id = '${idAt(3)}'`,
    );
    await tamper(rig, `DELETE FROM events_dev.raw_objects WHERE external_id = '${idAt(4)}'`);
    rig.sandbox.requests.clear();
    const { code, document } = await rig.json("verify", CUSTOMERS, "--repair");
    expect(code).toBe(0);
    expect(document).toMatchObject({
      status: "equal",
      repair: true,
      jobs: [{ standings: { stale: 1, missing: 1, equal: 8 }, repair: { repaired: 2, remaining: 0 } }],
    });
    expect(rig.sandbox.requests.endpoints["GET /v1/customers/{id}"]?.requests).toBe(2);
    expect((await rig.run("verify", CUSTOMERS)).code).toBe(0);
    expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
  });

  it("calls what changed since the last run behind, and ends with 0", async () => {
    rig.sandbox.customers.update(idAt(5), { name: "New" });
    rig.sandbox.customers.create({ name: "Newer" });
    const { code, stdout } = await rig.run("verify", CUSTOMERS);
    expect(code).toBe(0);
    expect(stdout).toContain("equal, 2 behind");
  });

  it("calls a row of another API version outdated, and ends with 0, until a run has read everything in the new one", async () => {
    await rig.configure("api_version: 2024-06-20");
    rig.sandbox.events.silently(() => rig.sandbox.customers.update(idAt(6), { name: "New" }));
    const before = await rig.run("verify", CUSTOMERS);
    expect(before.code).toBe(0);
    expect(before.stdout).toMatch(/equal, \d+ outdated/);
    expect((await rig.run("run", CUSTOMERS)).code).toBe(0);
    rig.clock.advance(600_000);
    rig.sandbox.events.silently(() => rig.sandbox.customers.update(idAt(7), { name: "Newer" }));
    const after = await rig.run("verify", CUSTOMERS);
    expect(after.code).toBe(7);
    expect(after.stdout).toContain(`${idAt(7)}  stale`);
    expect((await rig.run("verify", CUSTOMERS, "--repair")).code).toBe(0);
    expect((await rig.run("verify", CUSTOMERS)).stdout).toContain("the warehouse holds what Stripe holds");
  });

  it("never calls equal what it could not compare to the end", async () => {
    await rig.configure("request_timeout_s: 5");
    rig.sandbox.faults.add({ match: { path: "/v1/customers" }, fault: { kind: "truncated" } });
    const alone = await rig.run("verify", CUSTOMERS);
    expect(alone.code).toBe(8);
    expect(alone.stdout).toContain("not compared to the end");
    expect(alone.stderr).toContain("code SOURCE_RESPONSE_INVALID");
    expect((await rig.run("verify", CUSTOMERS, "--repair")).code).toBe(8);
    expect(await rig.json("verify", CUSTOMERS, INVOICES)).toMatchObject({
      code: 3,
      document: { status: "failed", jobs: [{ status: "failed" }, { status: "equal" }] },
    });
    const sampled = await rig.json("verify", CUSTOMERS, "--sample", "5");
    expect(sampled).toMatchObject({ code: 8, document: { status: "failed" } });
  });

  it("compares all with --sample where that is no more work, and never calls an empty warehouse equal", async () => {
    const { code, stdout } = await rig.run("verify", CUSTOMERS, "--sample", "6");
    expect(code).toBe(0);
    expect(stdout).toContain("all that Stripe lists was compared");
    await tamper(rig, "DELETE FROM events_dev.raw_objects; DELETE FROM events_dev.checkpoints");
    const empty = await rig.run("verify", CUSTOMERS, "--sample", "6");
    expect(empty.code).toBe(7);
    expect(empty.stdout).toContain("✗ 10 of 10 differ");
  });

  it("finds with --sample that a run with --since brought only a part", async () => {
    await tamper(rig, "DELETE FROM events_dev.raw_objects; DELETE FROM events_dev.checkpoints");
    const half = new Date(rig.clock.now() - 1_200_000 - 5 * 60_000).toISOString();
    expect((await rig.run("run", CUSTOMERS, "--since", half)).code).toBe(0);
    expect((await rig.run("verify", CUSTOMERS, "--sample", "3")).code).toBe(7);
  });

  it("says on a terminal how far it is, and elsewhere nothing", async () => {
    const shown = await rig.runOnTerminal("verify", CUSTOMERS);
    expect(shown.code).toBe(0);
    expect(shown.stderr).toMatch(/customers .*10 {3}1 page/);
    expect((await rig.run("verify", CUSTOMERS)).stderr).toBe("");
  });
});

describe("lorchestra verify --all", () => {
  let rig: AccountRig;
  let shop: Account;
  beforeAll(async () => {
    rig = await accountRig({ scenario: "empty" });
    shop = rig.sandbox.addAccount({ id: "acct_1ShopShopShop12" });
    rig.env["SHOP_KEY"] = shop.key;
    const connections = ["connections:"];
    for (const [name, variable] of [
      ["practice", "STRIPE_API_KEY"],
      ["shop", "SHOP_KEY"],
    ])
      connections.push(`  ${name}:`, "    provider: stripe", `    api_key_env: ${variable}`);
    await writeFile(join(rig.directory, "lorchestra.yaml"), connections.join("\n"));
    rig.sandbox.customers.create({ name: "A patient" });
    shop.customers.create({ name: "A buyer" });
    shop.customers.create({ name: "Another" });
    rig.clock.advance(600_000);
    for (const name of ["practice", "shop"])
      expect((await rig.run("run", ...STRIPE_JOBS, "--connection", name)).code).toBe(0);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("compares every stream of every connection, and with --connection those of one", async () => {
    const { code, document } = await rig.json("verify", "--all");
    expect(code).toBe(0);
    const of = (name: string) => STRIPE_JOBS.map((job) => ({ job, connection_name: name, status: "equal" }));
    const sorted = (jobs: readonly object[]) => jobs.map((job) => JSON.stringify(job)).toSorted();
    const seen = (jobs: readonly { job: string; status: string }[]) =>
      sorted(jobs.map((each) => ({ job: each.job, connection_name: nameOf(each), status: each.status })));
    expect(seen(document.jobs)).toEqual(sorted([...of("practice"), ...of("shop")]));
    const one = await rig.json("verify", "--all", "--connection", "shop");
    expect(seen(one.document.jobs)).toEqual(sorted(of("shop")));
  });

  it("says of which connection what differs is, on a terminal too", async () => {
    rig.sandbox.events.silently(() => rig.sandbox.customers.create({ name: "Unheard of", created: 1_700_000_000 }));
    const { code, stdout, stderr } = await rig.runOnTerminal("verify", "--all");
    expect(code).toBe(7);
    expect(stdout).toMatch(/stripe_ingest_customers of practice +2 in Stripe +1 in warehouse +1 missing/);
    expect(stdout).toMatch(/stripe_ingest_customers of shop +2 in Stripe +2 in warehouse +equal/);
    expect(stderr).toMatch(/customers of shop .*2 {3}1 page/);
  });

  it("refuses a connection that there is not, and a project without any", async () => {
    const named = await rig.run("verify", "--all", "--connection", "shpo");
    expect({ code: named.code, hint: named.stderr }).toEqual({
      code: 2,
      hint: expect.stringContaining("Did you mean shop?"),
    });
    await using empty = await folder();
    expect(await commandLine(["verify", "--all"], { cwd: empty.path })).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("`lorchestra init` writes one"),
    });
  });

  const nameOf = (job: object): unknown => ("connection_name" in job ? job.connection_name : null);
});

describe("lorchestra explain", () => {
  let rig: AccountRig;
  let ids: string[];
  let invoice: string;
  beforeAll(async () => {
    ({ rig, ids, invoice } = await smallAccount());
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("says where a row came from, what happened since, and how it stands, and asks only the stream it belongs to", async () => {
    const id = ids[0] ?? "";
    rig.sandbox.customers.update(id, { name: "New" });
    rig.sandbox.requests.clear();
    const { code, stdout } = await rig.run("explain", id);
    expect(code).toBe(0);
    const said = Object.fromEntries(stdout.split("\n").map((line) => line.trim().split(/ {2,}/)));
    expect(said).toMatchObject({
      idem_key: `stripe:stripe-mensio:customer:${id}`,
      read: expect.stringMatching(
        /^2026-11-23 19:\d\d:\d\d EST, by run \w{26}, request req_\w+, API 2026-10-28\.endive$/,
      ),
      "Stripe events since": expect.stringMatching(/^customer\.updated \(2026-11-23 19:\d\d:\d\d EST\)$/),
      now: "changed in Stripe since the last run, which the next one brings",
      "differs in": "name",
    });
    expect(Object.keys(rig.sandbox.requests.endpoints).toSorted()).toEqual([
      "GET /v1/customers/{id}",
      "GET /v1/events",
    ]);
  });

  it("tells how many items of a nested list a row has", async () => {
    const { stdout } = await rig.run("explain", invoice);
    expect(stdout).toMatch(/lines +12 of 12 items/);
    expect(stdout).toMatch(/now +the warehouse has what Stripe has/);
  });

  it("asks every stream about an id of a form that none has, says as what, and ends with 1 when nobody knows it", async () => {
    rig.sandbox.requests.clear();
    const { code, stdout } = await rig.run("explain", "unheard_of");
    expect(code).toBe(1);
    // Stripe may have a charge of that id.
    expect(stdout).toBe(
      "unheard_of is none of the customers, invoices, payment_intents or refunds that the warehouse or Stripe knows\n",
    );
    expect(Object.keys(rig.sandbox.requests.endpoints)).toHaveLength(4);
    rig.sandbox.requests.clear();
    const { code: exit, document } = await rig.json("explain", "cus_unheardOf");
    expect(exit).toBe(1);
    expect(document).toMatchObject({ searched: ["customers"], objects: [] });
    expect(Object.keys(rig.sandbox.requests.endpoints)).toEqual(["GET /v1/customers/{id}"]);
  });
});
