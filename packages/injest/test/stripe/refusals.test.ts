import { describe, expect, it } from "vitest";
import type { SourceErrorCode } from "../../src/errors.js";
import { collect } from "../../src/testing/stream-context.js";
import { TransportError } from "../../src/http/transport-error.js";
import { errorOfResponse, errorOfTransport } from "../../src/stripe/client/stripe-errors.js";
import { failureOf, startRig, streamOf } from "./rig.js";

const KEY = "rk_live_51Nsecret";

function refusal(status: number, error: object | string, isStripe = false): ReturnType<typeof errorOfResponse> {
  const body = Buffer.from(typeof error === "string" ? error : JSON.stringify({ error }));
  const headers = { "request-id": "req_1" };
  const response = { status, headers, body, sentMs: 0, receivedMs: 0 };
  return errorOfResponse(response, { endpoint: "/v1/invoices", permission: "invoice_read" }, isStripe);
}

/** As Stripe words them, in its answers or in reports of those who got them. */
const REFUSALS: readonly (readonly [SourceErrorCode, number, object | string])[] = [
  [
    "SOURCE_NOT_ENABLED",
    400,
    {
      message:
        "Your account is not set up to use Issuing. Please visit https://dashboard.stripe.com/issuing/overview to get started.",
      type: "invalid_request_error",
    },
  ],
  ["SOURCE_NOT_ENABLED", 403, { message: "Your account is not set up to use Invoicing." }],
  [
    "SOURCE_NOT_ENABLED",
    404,
    {
      message:
        "Unrecognized request URL (GET: /v1/treasury/transactions). Please see https://stripe.com/docs. (Hint: Have you onboarded to Treasury?)",
    },
  ],
  ["SOURCE_NOT_ENABLED", 403, { message: "Only Stripe Connect platforms can work with other accounts." }],
  ["SOURCE_NOT_ENABLED", 403, { message: "This feature is not available in your country." }],
  ["SOURCE_NOT_ENABLED", 400, { message: "Billing is not enabled for this account." }],
  // A key that lacks a permission is no account that lacks a product.
  [
    "SOURCE_FORBIDDEN",
    403,
    {
      code: "more_permissions_required",
      message: `Permission denied. The provided key '${KEY}' does not have the required permissions on account 'acct_1'. Enabling "Invoices Read" ('invoice_read') would allow this request to continue.`,
    },
  ],
  [
    "SOURCE_FORBIDDEN",
    403,
    {
      message: `The provided key '${KEY}' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_invoice_read' permission would allow this request to continue.`,
    },
  ],
  [
    "SOURCE_FORBIDDEN",
    401,
    { message: `The provided key '${KEY}' does not have the required permissions for this endpoint.` },
  ],
  ["SOURCE_FORBIDDEN", 403, "<html>forbidden</html>"],
  ["SOURCE_FORBIDDEN", 403, { message: "The API key provided does not allow requests from your IP address." }],
  // Nor is one that was closed, or may not be used yet: a stream must not be skipped for that.
  ["SOURCE_FORBIDDEN", 403, { code: "account_closed", message: "This account has been closed." }],
  ["SOURCE_FORBIDDEN", 403, { message: "Your account is not activated for live charges." }],
  ["SOURCE_UNAUTHORIZED", 401, { message: `Invalid API Key provided: ${KEY}` }],
  ["SOURCE_UNAUTHORIZED", 401, { code: "api_key_expired", message: `Expired API Key provided: ${KEY}` }],
  ["SOURCE_UNAUTHORIZED", 401, "no JSON"],
  ["SOURCE_REQUEST_REFUSED", 404, { code: "resource_missing", param: "id", message: "No such invoice: 'in_1'" }],
  ["SOURCE_REQUEST_REFUSED", 404, { message: "Unrecognized request URL (GET: /v1/v1/invoices)." }],
  ["SOURCE_REQUEST_REFUSED", 400, { code: "parameter_unknown", param: "x", message: "Received unknown parameter: x" }],
  ["SOURCE_API_VERSION_INVALID", 400, { message: "Invalid Stripe API version: 2099-01-01" }],
  ["SOURCE_ADDRESS_INVALID", 404, "<html>not found</html>"],
  ["SOURCE_ADDRESS_INVALID", 405, "method not allowed"],
  ["SOURCE_ADDRESS_INVALID", 400, ""],
  ["SOURCE_ADDRESS_INVALID", 302, ""],
  ["SOURCE_ADDRESS_INVALID", 404, '{"detail":"not found"}'],
  ["SOURCE_RESPONSE_INVALID", 404, '{"error":{"code":"resource_missing","mess'],
  ["SOURCE_RESPONSE_INVALID", 400, '{\n  "error": {'],
  ["SOURCE_UNAVAILABLE", 503, {}],
  ["SOURCE_UNAVAILABLE", 409, { code: "lock_timeout" }],
  ["SOURCE_UNAVAILABLE", 429, { code: "lock_timeout" }],
  ["SOURCE_RATE_LIMITED", 429, { code: "rate_limit" }],
];

describe("a refusal of Stripe's", () => {
  it.each(REFUSALS)("is %s: %i %j", (code, status, body) => {
    const error = refusal(status, body);
    expect(error.code).toBe(code);
    expect(error.facts).toMatchObject({ status, requestId: "req_1", endpoint: "/v1/invoices" });
    expect(error.hint).not.toBe("");
  });

  it("without a reason is a damaged answer where the address has answered as Stripe before, and a wrong address where not", () => {
    for (const body of ["", "<html>not found</html>", "{}"]) {
      expect(refusal(404, body, true)).toMatchObject({ code: "SOURCE_RESPONSE_INVALID", remedy: "retry" });
      expect(refusal(404, body)).toMatchObject({ code: "SOURCE_ADDRESS_INVALID", remedy: "fix-config" });
    }
  });

  it("of a path that Stripe does not have says to look at the address that it was added to", async () => {
    const rig = await startRig();
    const source = rig.open({ apiBase: `${rig.sandbox.url}/v1` });
    const error = await failureOf(rig.clock.run(collect(streamOf(source, "customers").read())));
    expect(error).toMatchObject({ code: "SOURCE_REQUEST_REFUSED", facts: { status: 404 } });
    expect(error.hint).toContain("STRIPE_API_BASE");
  });

  it("names the permission that is missing, whether Stripe says it or not", () => {
    expect(refusal(403, { message: "Having the 'rak_charge_read' permission would help" }).facts.permission).toBe(
      "charge_read",
    );
    expect(refusal(403, { message: "no" }).facts.permission).toBe("invoice_read");
  });

  it("says to add a permission only where Stripe says that one is missing, else what else may be in the way", () => {
    const hintOf = (body: object | string): string => refusal(403, body).hint;
    expect(hintOf({ code: "more_permissions_required" })).toContain("Give the key the permission invoice_read");
    for (const message of ["The API key provided does not allow requests from your IP address.", "Account closed."]) {
      expect(hintOf({ message })).toMatch(/account is active and the key may be used from this address.*invoice_read/);
    }
    expect(hintOf("<html>blocked</html>")).toMatch(/HTTPS_PROXY.*invoice_read/);
  });

  it("leaves nothing of its sentence in the error", () => {
    for (const [, status, body] of REFUSALS) {
      const error = refusal(status, body);
      for (const text of [error.message, error.hint, JSON.stringify(error.facts)]) {
        expect(text).not.toContain("51Nsecret");
        expect(text).not.toContain("acct_1");
        expect(text).not.toContain("in_1");
      }
    }
  });
});

it("a certificate that is not to be trusted may be that of one's own network: the hint says how to have it trusted", () => {
  const error = new TransportError("certificate", { errorCode: "SELF_SIGNED_CERT_IN_CHAIN", requestSent: false });
  const purpose = { endpoint: "/v1/invoices", permission: "invoice_read" };
  expect(errorOfTransport(error, purpose, true)).toMatchObject({
    code: "SOURCE_ADDRESS_INVALID",
    hint: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string,
  });
});
