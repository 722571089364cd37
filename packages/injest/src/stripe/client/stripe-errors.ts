import type { HttpResponse } from "../../http/response-collector.js";
import { TransportError } from "../../http/transport-error.js";
import { SourceError, type SourceErrorCode, type SourceErrorFacts } from "../../errors.js";
import { isCutShort, readErrorBody, type StripeErrorBody } from "./stripe-error-body.js";

/** What a request was for, as far as an error needs to tell. */
export interface RequestPurpose {
  readonly endpoint: string;
  /** The restricted key's permission that it needs. */
  readonly permission: string;
}

/**
 * Makes an error of a response that is no success, from its status and the structured fields of its body.
 *
 * `isStripe` says that the address has answered as Stripe before, so that a refusal without a reason is one that was damaged.
 * Nothing of Stripe's message is repeated: it may quote the key or an object. https://docs.stripe.com/api/errors
 */
export function errorOfResponse(response: HttpResponse, purpose: RequestPurpose, isStripe: boolean): SourceError {
  const body = readErrorBody(response.body);
  const facts: SourceErrorFacts = {
    endpoint: purpose.endpoint,
    status: response.status,
    ...optional("requestId", response.headers["request-id"]),
    ...optional("providerCode", body?.code),
    ...optional("parameter", body?.param),
  };
  const { status } = response;
  if (body?.isNotEnabled === true && (status === 400 || status === 403 || status === 404)) {
    const message = `this account does not have the product that ${purpose.endpoint} is of (${status})`;
    return failure("SOURCE_NOT_ENABLED", message, facts, NOT_ENABLED_HINT);
  }
  // A restricted key that lacks a permission was answered with 401, too.
  if (status === 401 && body?.isPermissionError !== true) {
    return failure("SOURCE_UNAUTHORIZED", `the API key was refused by Stripe (401)`, facts, UNAUTHORIZED_HINT);
  }
  if (status === 401 || status === 403) {
    const permission = body?.permission ?? purpose.permission;
    const message = `this key may not read ${purpose.endpoint} (${status})`;
    const isPermissionMissing = body?.isPermissionError === true;
    return failure(
      "SOURCE_FORBIDDEN",
      message,
      { ...facts, permission, isPermissionMissing },
      forbiddenHint(body, permission),
    );
  }
  if (status === 429 && body?.code !== "lock_timeout") {
    return failure(
      "SOURCE_RATE_LIMITED",
      `Stripe refuses more requests to ${purpose.endpoint} (429)`,
      facts,
      BUSY_HINT,
    );
  }
  if (status === 429 || status === 409 || status === 408 || status >= 500) {
    return failure("SOURCE_UNAVAILABLE", `Stripe could not answer ${purpose.endpoint} (${status})`, facts, BUSY_HINT);
  }
  if (status >= 300 && status < 400) {
    return failure("SOURCE_ADDRESS_INVALID", `${purpose.endpoint} was redirected (${status})`, facts, ADDRESS_HINT);
  }
  if (!body && status >= 400 && (isStripe || isCutShort(response.body))) {
    const message = `the answer to ${purpose.endpoint} (${status}) is not usable: it says not why`;
    return failure("SOURCE_RESPONSE_INVALID", message, facts, BUSY_HINT);
  }
  if (!body) {
    // Stripe explains each refusal: whatever refuses without a word is something else, and goes on refusing.
    const code = status >= 400 ? "SOURCE_ADDRESS_INVALID" : "SOURCE_RESPONSE_INVALID";
    return failure(code, `the answer to ${purpose.endpoint} (${status}) is not one of Stripe's`, facts, ADDRESS_HINT);
  }
  if (body.isVersionError) {
    return failure("SOURCE_API_VERSION_INVALID", `Stripe does not know the API version`, facts, VERSION_HINT);
  }
  if (body.isUnknownPath) {
    // All paths are of Stripe's documentation: the address that they are added to has one of its own, such as /v1.
    const message = `there is no ${purpose.endpoint} at this address (${status})`;
    return failure("SOURCE_REQUEST_REFUSED", message, facts, PATH_HINT);
  }
  return failure(
    "SOURCE_REQUEST_REFUSED",
    `Stripe refused the request to ${purpose.endpoint} (${status})`,
    facts,
    REPORT_HINT,
  );
}

/**
 * Makes an error of an attempt that brought no whole response.
 *
 * `hasAnswered` says that the address has answered before: that it speaks TLS is then known, and what stood in between passes.
 */
export function errorOfTransport(error: TransportError, purpose: RequestPurpose, hasAnswered: boolean): SourceError {
  const facts = { endpoint: purpose.endpoint, ...optional("providerCode", error.errorCode ?? undefined) };
  const message = `no answer from Stripe for ${purpose.endpoint}: ${error.message}`;
  if (error.reason === "certificate") return failure("SOURCE_ADDRESS_INVALID", message, facts, CERTIFICATE_HINT, error);
  if (error.reason === "tls" && !hasAnswered)
    return failure("SOURCE_ADDRESS_INVALID", message, facts, ADDRESS_HINT, error);
  return failure("SOURCE_UNREACHABLE", message, facts, NETWORK_HINT, error);
}

/** A success whose body is not what was asked for: cut, not JSON, or not the page that the request describes. */
export function invalidResponse(
  what: string,
  purpose: RequestPurpose,
  requestId?: string,
  cause?: unknown,
): SourceError {
  const facts = { endpoint: purpose.endpoint, status: 200, ...optional("requestId", requestId) };
  return failure(
    "SOURCE_RESPONSE_INVALID",
    `the answer to ${purpose.endpoint} is not usable: ${what}`,
    facts,
    BUSY_HINT,
    cause,
  );
}

/** Whether an answer was larger than may be taken: fewer objects on a page may help. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof TransportError) return error.reason === "too-large";
  // After other failed attempts, it is the cause of the cause.
  return error instanceof SourceError && isTooLarge(error.cause);
}

/** Whether an error says that an object is not there: asked for itself, or named as the place where a page begins. */
export function isMissing(error: unknown): error is SourceError {
  return error instanceof SourceError && error.facts.providerCode === "resource_missing";
}

/** Stripe also refuses a key that may not be used from an address, or whose account is closed; and a proxy may refuse before it. */
function forbiddenHint(body: StripeErrorBody | null, permission: string): string {
  if (body?.isPermissionError === true)
    return `Give the key the permission ${permission} in Stripe's dashboard (Developers, API keys), then run again: what was read is kept.`;
  const others =
    body === null
      ? "check HTTPS_PROXY and STRIPE_API_BASE, as this may not be Stripe's answer, and"
      : "look in Stripe's dashboard whether the account is active and the key may be used from this address, and";
  return `No permission is named: ${others} whether the key has ${permission}; then run again: what was read is kept.`;
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: string });
}

function failure(
  code: SourceErrorCode,
  message: string,
  facts: SourceErrorFacts,
  hint: string,
  cause?: unknown,
): SourceError {
  return new SourceError(code, message, { hint, facts, ...(cause === undefined ? {} : { cause }) });
}

const UNAUTHORIZED_HINT =
  "Copy a valid secret or restricted key from Stripe's dashboard (Developers, API keys) into the environment, then run again.";
const NOT_ENABLED_HINT = "Enable the product in Stripe's dashboard, or leave this stream out.";
const BUSY_HINT = "Run again later: what was read completely is kept, and the rest is read then.";
const NETWORK_HINT = "Check the network, HTTPS_PROXY and STRIPE_API_BASE, then run again: what was read is kept.";
const ADDRESS_HINT = "Check STRIPE_API_BASE and HTTPS_PROXY: this address does not answer as Stripe does.";
// https://nodejs.org/docs/latest-v20.x/api/cli.html#node_extra_ca_certsfile: read when the process starts.
const CERTIFICATE_HINT =
  "Check STRIPE_API_BASE, HTTPS_PROXY and this machine's clock; where your network signs connections anew, start with its certificate in NODE_EXTRA_CA_CERTS.";
const PATH_HINT =
  "Check STRIPE_API_BASE: each request adds its whole path to it, which begins with /v1, as to https://api.stripe.com.";
const VERSION_HINT = "Set a version that Stripe knows as api_version of the connection, or leave it out.";
const REPORT_HINT = "This should not happen: please report it with the request id.";
