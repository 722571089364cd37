import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/io.js";
import { type AccountRig, accountRig } from "../faults/account-rig.js";
import { commandLine } from "./command-line.js";

describe("lorchestra check", () => {
  let rig: AccountRig;
  beforeEach(async () => {
    rig = await accountRig({ scenario: "empty" });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it("says that a warehouse which is not there yet will be made, and makes nothing", async () => {
    const before = await readdir(rig.directory);
    const { code, stdout } = await rig.run("check");
    expect(code).toBe(0);
    expect(stdout).toContain("✓ warehouse: duckdb ./lorchestra.duckdb will be made by the first run\n");
    expect(await readdir(rig.directory)).toEqual(before);
    await rig.run("run", "stripe_ingest_customers");
    expect((await rig.run("check")).stdout).toContain("✓ warehouse: duckdb ./lorchestra.duckdb answers\n");
  });

  it("refuses a warehouse that a run could not make or open, as the run would", async () => {
    await mkdir(join(rig.directory, "a-folder"));
    await writeFile(join(rig.directory, "a-file"), "");
    for (const [place, why] of [
      ["no/such/folder/x.duckdb", "its directory does not exist"],
      ["a-file/x.duckdb", "its directory does not exist"],
      ["a-folder", "a directory stands in its place"],
    ] as const) {
      const address = ["--warehouse", `duckdb:${place}`];
      const checked = await rig.run("check", ...address);
      const run = await rig.run("run", "stripe_ingest_customers", ...address);
      expect({ place, code: checked.code }).toEqual({ place, code: run.code });
      expect(checked.code).toBe(5);
      expect(checked.stderr).toContain(`✗ warehouse: could not open \`${place}\`: ${why}`);
      expect(run.stderr).toContain(why);
    }
    expect(existsSync(join(rig.directory, "no"))).toBe(false);
  });

  it("names the account of a key, and says where a restricted one may not know it", async () => {
    const told = await rig.run("check");
    expect(told.stdout).toMatch(/✓ stripe-mensio: key: a secret key, live mode, in STRIPE_API_KEY, of acct_\w+\n/);
    rig.env["STRIPE_API_KEY"] = rig.sandbox.addKey(READS);
    const untold = await rig.run("check");
    expect(untold.code).toBe(0);
    expect(untold.stdout).toMatch(/in STRIPE_API_KEY; it may not read which account it is of: after a change of key/);
    const { stdout } = await rig.runOnTerminal("check");
    for (const line of stdout.replaceAll(/\u001b\[\d+m/g, "").split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(stdout).toContain("\n  it is of: after a change of key");
  });

  it("names every permission that a restricted key lacks, not only the first", async () => {
    const lacks = ["invoice_read", "charge_read", "event_read"];
    rig.env["STRIPE_API_KEY"] = rig.sandbox.addKey(READS.filter((name) => !lacks.includes(name)));
    const { code, stderr } = await rig.run("check");
    expect(code).toBe(4);
    expect(stderr).toContain("this key may not read /v1/invoices, /v1/refunds, /v1/events");
    for (const name of lacks) expect(stderr).toContain(name);
    expect(stderr).not.toContain("customer_read");
    expect(stderr.match(/code SOURCE_FORBIDDEN/g)).toHaveLength(1);
  });

  it("does not tell of permissions where something else is in the way", async () => {
    await using stripe = await answering((path) =>
      path === "/v1/account"
        ? [200, { object: "account", id: "acct_1" }]
        : path === "/v1/events"
          ? [403, { error: { code: "more_permissions_required", message: "('event_read') would allow it" } }]
          : [403, { error: { message: "The API key provided does not allow requests from your IP address." } }],
    );
    rig.env["STRIPE_API_BASE"] = stripe.url;
    const { code, stderr } = await rig.run("check");
    expect(code).toBe(4);
    const told = stderr.replaceAll(/\s+/g, " ");
    expect(told).toContain("may not read /v1/customers, /v1/invoices, /v1/payment_intents, /v1/refunds, /v1/events");
    expect(told).toContain("whether the account is active and the key may be used from this address");
    expect(told).toContain("Give the key the permissions event_read in Stripe's dashboard");
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends with %s as every command does, and calls nothing wrong", async (name, exit) => {
    const interrupted = new AbortController();
    const { directory: cwd, env } = rig;
    interrupted.abort(new Interruption(name));
    const outcome = await commandLine(["check", "--json"], { cwd, env, signal: interrupted.signal });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: exit, stderr: "" });
    expect(JSON.parse(outcome.stdout)).toEqual({ status: "interrupted", exit_code: exit, error: null });
  });
});

/** What the streams, and the changes in them, need. */
const READS = ["customer_read", "invoice_read", "payment_intent_read", "charge_read", "event_read"];

/** A server that answers each path so. */
async function answering(answer: (path: string) => readonly [number, object]) {
  const server = createServer(({ url }, response) => {
    const [status, body] = answer(new URL(url ?? "", "http://localhost").pathname);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
