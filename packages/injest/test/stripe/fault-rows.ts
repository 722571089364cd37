import type { Fault } from "stripe-sandbox";
import type { SourceErrorCode } from "../../src/errors.js";

/** What comes of a fault that does not end: the right result all the same, or an error of this code. */
export type Ending = "right" | SourceErrorCode;

export interface FaultRow {
  readonly name: string;
  readonly fault: Fault;
  /** Of a list whose every page has the fault. */
  readonly endless: Ending;
}

/** What can be wrong with an answer of a list, one row each; what changes the account or the key is not among them. */
export const FAULT_ROWS: readonly FaultRow[] = [
  { name: "429 without a reason", fault: { kind: "rate-limited" }, endless: "SOURCE_RATE_LIMITED" },
  {
    name: "429 of the endpoint",
    fault: { kind: "rate-limited", reason: "endpoint-rate" },
    endless: "SOURCE_RATE_LIMITED",
  },
  {
    name: "429 of the account",
    fault: { kind: "rate-limited", reason: "global-rate" },
    endless: "SOURCE_RATE_LIMITED",
  },
  {
    name: "429 of concurrency",
    fault: { kind: "rate-limited", reason: "endpoint-concurrency" },
    endless: "SOURCE_RATE_LIMITED",
  },
  {
    name: "429 of the account's concurrency",
    fault: { kind: "rate-limited", reason: "global-concurrency" },
    endless: "SOURCE_RATE_LIMITED",
  },
  {
    name: "429 of an object, to come back later",
    fault: { kind: "rate-limited", reason: "resource-specific", retryAfterS: 3 },
    endless: "SOURCE_RATE_LIMITED",
  },
  { name: "409 of a lock", fault: { kind: "lock-timeout" }, endless: "SOURCE_UNAVAILABLE" },
  { name: "429 of a lock", fault: { kind: "lock-timeout", status: 429 }, endless: "SOURCE_UNAVAILABLE" },
  ...([500, 502, 503, 504] as const).map((status) => ({
    name: `${status}`,
    fault: { kind: "server-error", status } as const,
    endless: "SOURCE_UNAVAILABLE" as const,
  })),
  {
    name: "503 whose JSON has no error",
    fault: { kind: "server-error", status: 503, body: "no-error" },
    endless: "SOURCE_UNAVAILABLE",
  },
  {
    name: "502 with a web page",
    fault: { kind: "server-error", status: 502, body: "html" },
    endless: "SOURCE_UNAVAILABLE",
  },
  { name: "500 without a body", fault: { kind: "server-error", body: "empty" }, endless: "SOURCE_UNAVAILABLE" },
  { name: "200 with a web page", fault: { kind: "html" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "a reset before the answer", fault: { kind: "reset", after: "request" }, endless: "SOURCE_UNREACHABLE" },
  { name: "a reset after the headers", fault: { kind: "reset", after: "headers" }, endless: "SOURCE_UNREACHABLE" },
  { name: "a reset amid the body", fault: { kind: "reset", after: 0.5 }, endless: "SOURCE_UNREACHABLE" },
  { name: "JSON that ends early", fault: { kind: "truncated" }, endless: "SOURCE_RESPONSE_INVALID" },
  {
    name: "JSON of which the last byte is missing",
    fault: { kind: "truncated", share: 0.9999 },
    endless: "SOURCE_RESPONSE_INVALID",
  },
  { name: "an empty body", fault: { kind: "empty-body" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "another content type", fault: { kind: "wrong-content-type" }, endless: "right" },
  { name: "a body that stalls", fault: { kind: "stall" }, endless: "SOURCE_UNREACHABLE" },
  {
    name: "a body that trickles",
    fault: { kind: "trickle", pieceBytes: 400, everyMs: 5_000 },
    endless: "SOURCE_UNREACHABLE",
  },
  { name: "a connection refused for a while", fault: { kind: "refused", forMs: 4_000 }, endless: "SOURCE_UNREACHABLE" },
  ...(["nan", "trailing-comma", "comment", "single-quotes"] as const).map((form) => ({
    name: `near-JSON: ${form}`,
    fault: { kind: "near-json", form } as const,
    endless: "SOURCE_RESPONSE_INVALID" as const,
  })),
  { name: "data that is no array", fault: { kind: "data-not-array" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "data that is null", fault: { kind: "data-not-array", value: "null" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "items that are no objects", fault: { kind: "items-not-objects" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "an id that is no string", fault: { kind: "id-not-string" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "a page that repeats", fault: { kind: "repeat-page" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "a page with an object twice", fault: { kind: "duplicate-object" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "has_more that hides pages", fault: { kind: "has-more-lies", value: false }, endless: "right" },
  {
    name: "has_more that promises pages",
    fault: { kind: "has-more-lies", value: true },
    endless: "SOURCE_RESPONSE_INVALID",
  },
  { name: "the wrong order", fault: { kind: "wrong-order" }, endless: "SOURCE_RESPONSE_INVALID" },
  { name: "objects from outside the window", fault: { kind: "outside-window" }, endless: "SOURCE_RESPONSE_INVALID" },
];
