import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStoppedClock, type Sandbox, startSandbox } from "../src/index.js";
import { get } from "./client.js";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: createStoppedClock(Date.parse("2026-11-24T03:04:05.678Z")) });
});
afterAll(() => sandbox.close());

describe("an answer", () => {
  it("carries Request-Id, Date in whole seconds of the sandbox's clock, Stripe-Version and a content type", async () => {
    const { headers } = await get(sandbox, "/v1/customers", { "Stripe-Version": "2024-06-20" });
    expect(headers).toMatchObject({
      date: "Tue, 24 Nov 2026 03:04:05 GMT",
      "stripe-version": "2024-06-20",
      "content-type": "application/json",
    });
    expect(headers["request-id"]).toMatch(/^req_\w{14}$/);
  });

  it("is in the account's API version when the request names none", async () => {
    expect((await get(sandbox, "/v1/customers")).headers["stripe-version"]).toBe(sandbox.apiVersion);
  });
});

describe("a refusal", () => {
  const refusals: [string, number, object][] = [
    ["/v1/customers?foo=1", 400, { code: "parameter_unknown", param: "foo" }],
    ["/v1/customers?constructor=1", 400, { code: "parameter_unknown", param: "constructor" }],
    ["/v1/customers?created[between]=1", 400, { code: "parameter_unknown", param: "created[between]" }],
    ["/v1/customers/cus_1?limit=1", 400, { code: "parameter_unknown", param: "limit" }],
    ["/v1/customers?limit=0", 400, { code: "parameter_invalid_integer", param: "limit" }],
    ["/v1/customers?limit=ten", 400, { code: "parameter_invalid_integer", message: "Invalid integer: ten" }],
    [
      "/v1/customers?limit=101",
      400,
      { message: "This value must be less than or equal to 100 (it currently is '101').", param: "limit" },
    ],
    ["/v1/customers?created[gte]=yesterday", 400, { code: "parameter_invalid_integer", param: "created[gte]" }],
    ["/v1/customers?starting_after=cus_no", 400, { code: "resource_missing", param: "starting_after" }],
    ["/v1/customers?ending_before=cus_no", 400, { code: "resource_missing", param: "ending_before" }],
    ["/v1/customers?starting_after=", 400, { code: "parameter_invalid_empty", param: "starting_after" }],
    ["/v1/customers?starting_after=a&ending_before=b", 400, { type: "invalid_request_error" }],
    ["/v1/customers/cus_no", 404, { code: "resource_missing", message: "No such customer: 'cus_no'", param: "id" }],
    ["/v1/payment_intents/pi_no", 404, { code: "resource_missing", param: "intent" }],
    ["/v1/invoices/in_no/lines", 404, { code: "resource_missing", param: "invoice" }],
    ["/v1/refunds/%E0%A4%A", 404, { code: "resource_missing" }],
    ["/v1/events?type=a&types[]=b", 400, { type: "invalid_request_error" }],
    ["/v1/nonsense", 404, { type: "invalid_request_error" }],
  ];
  it.each(refusals)("of %s is %i with Stripe's words", async (path, status, error) => {
    const answer = await get(sandbox, path);
    expect(answer.status).toBe(status);
    expect(answer.json.error).toMatchObject({ type: "invalid_request_error", ...error });
    expect(answer.json.error.request_log_url).toContain(String(answer.headers["request-id"]));
    if (answer.json.error.code !== undefined) {
      expect(answer.json.error.doc_url).toBe(
        `https://docs.stripe.com/error-codes/${answer.json.error.code.replaceAll("_", "-")}`,
      );
    }
  });

  it("of more than twenty event types is 400, and twenty are allowed", async () => {
    const types = (count: number): string => Array.from({ length: count }, (_, at) => `types[]=t${at}`).join("&");
    expect((await get(sandbox, `/v1/events?${types(21)}`)).json.error.param).toBe("types");
    expect((await get(sandbox, `/v1/events?${types(20)}`)).status).toBe(200);
  });

  it("of an unknown API version is 400", async () => {
    const answer = await get(sandbox, "/v1/customers", { "Stripe-Version": "2019-2-19" });
    expect(answer.status).toBe(400);
    expect(answer.json.error.message).toBe("Invalid Stripe API version: 2019-2-19");
  });

  it("leaves expand[] alone", async () => {
    expect((await get(sandbox, "/v1/invoices?expand[]=data.customer&expand[1]=data.lines")).status).toBe(200);
  });

  it("names the method of a request that is no GET", async () => {
    const response = await fetch(`${sandbox.url}/v1/customers`, {
      method: "POST",
      headers: { authorization: `Bearer ${sandbox.key}` },
    });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("POST: /v1/customers");
  });
});

describe("the request log", () => {
  it("counts requests, statuses, pages, empty pages and objects by endpoint", async () => {
    await using fresh = await startSandbox({ recordIds: true });
    const { id } = fresh.customers.create();
    await get(fresh, "/v1/customers?limit=5");
    await get(fresh, "/v1/invoices");
    await get(fresh, `/v1/customers/${id}`);
    await get(fresh, "/v1/customers?limit=0");
    expect(fresh.requests.endpoints["GET /v1/customers"]).toEqual({
      requests: 2,
      statuses: { 200: 1, 400: 1 },
      rateLimited: 0,
      pages: 1,
      emptyPages: 0,
      items: 1,
    });
    expect(fresh.requests.endpoints["GET /v1/invoices"]).toMatchObject({ pages: 1, emptyPages: 1 });
    expect(fresh.requests.endpoints["GET /v1/customers/{id}"]).toMatchObject({ requests: 1, pages: 0 });
    expect(fresh.requests.count).toBe(4);
    expect([...fresh.requests][0]).toMatchObject({ path: "/v1/customers", search: "?limit=5", status: 200, ids: [id] });
    fresh.requests.clear();
    expect(fresh.requests.count).toBe(0);
  });

  it("holds no key", async () => {
    await get(sandbox, "/v1/customers");
    expect(JSON.stringify([...sandbox.requests])).not.toContain(sandbox.key);
  });
});
