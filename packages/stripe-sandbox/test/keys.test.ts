import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.js";
import { get } from "./client.js";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const asked = (authorization: string, path = "/v1/customers") => get(sandbox, path, { authorization });

describe("a key", () => {
  it("opens the API as Bearer and as the user name of Basic", async () => {
    expect((await asked(`Bearer ${sandbox.key}`)).status).toBe(200);
    expect((await asked(`Basic ${Buffer.from(`${sandbox.key}:`).toString("base64")}`)).status).toBe(200);
  });

  it("that is missing, unknown or revoked is refused with 401, and never shown whole", async () => {
    const key = sandbox.addKey("all");
    sandbox.revokeKey(key);
    const missing = await asked("");
    expect(missing.status).toBe(401);
    expect(missing.headers["www-authenticate"]).toContain("Basic");
    expect(missing.json.error.message).toMatch(/^You did not provide an API key/);
    const unknown = await asked("Bearer sk_test_0123456789abcdef");
    expect([unknown.status, unknown.json.error.message]).toEqual([
      401,
      "Invalid API Key provided: sk_test_************cdef",
    ]);
    const revoked = await asked(`Bearer ${key}`);
    expect([revoked.status, revoked.json.error.code]).toEqual([401, "api_key_expired"]);
    expect(revoked.text).not.toContain(key);
  });

  it("names its mode", async () => {
    const test = sandbox.addAccount({ id: sandbox.id, livemode: false });
    expect(sandbox.key).toMatch(/^sk_live_/);
    expect(test.key).toMatch(/^sk_test_/);
    expect(test.addKey(["customer_read"])).toMatch(/^rk_test_/);
  });

  it("shows its own account and mode only", async () => {
    const other = sandbox.addAccount({ seed: 9 });
    const test = sandbox.addAccount({ id: sandbox.id, livemode: false });
    const { id } = sandbox.customers.create();
    for (const { key } of [other, test]) expect((await asked(`Bearer ${key}`, `/v1/customers/${id}`)).status).toBe(404);
    expect((await asked(`Bearer ${other.key}`, "/v1/account")).json["id"]).toBe(other.id);
    expect(other.id).not.toBe(sandbox.id);
  });
});

describe("a restricted key", () => {
  const needs: [string, string][] = [
    ["/v1/customers", "customer_read"],
    ["/v1/customers/cus_1", "customer_read"],
    ["/v1/invoices", "invoice_read"],
    ["/v1/invoices/in_1/lines", "invoice_read"],
    ["/v1/payment_intents", "payment_intent_read"],
    ["/v1/refunds", "charge_read"],
    ["/v1/charges", "charge_read"],
    ["/v1/events", "event_read"],
    ["/v1/account", "accounts_kyc_basic_read"],
  ];
  it.each(needs)("needs for %s the permission %s", async (path, permission) => {
    const key = sandbox.addKey([]);
    const refused = await asked(`Bearer ${key}`, path);
    expect(refused.status).toBe(403);
    expect(refused.json.error).toMatchObject({ code: "more_permissions_required", type: "invalid_request_error" });
    expect(refused.json.error.message).toMatch(new RegExp(`Enabling "[A-Z].* Read" \\('${permission}'\\) permissions`));
    expect(refused.json.error.message).toContain(sandbox.id);
    sandbox.grantPermission(key, permission);
    expect((await asked(`Bearer ${key}`, path)).status).not.toBe(403);
    sandbox.removePermission(key, permission);
    expect((await asked(`Bearer ${key}`, path)).status).toBe(403);
  });

  it("reads what it may write", async () => {
    expect((await asked(`Bearer ${sandbox.addKey(["customer_write"])}`)).status).toBe(200);
  });
});
