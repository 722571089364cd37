import fc from "fast-check";
import type { Fault, FaultRule } from "stripe-sandbox";

const ONE_PATH = fc.constantFrom(
  "/v1/customers",
  "/v1/invoices",
  "/v1/payment_intents",
  "/v1/refunds",
  "/v1/events",
  "/v1/account",
  "/v1/customers/{id}",
  "/v1/invoices/{id}",
  "/v1/payment_intents/{id}",
  "/v1/invoices/{id}/lines",
);
const ORDERED = ["/v1/customers", "/v1/invoices", "/v1/payment_intents", "/v1/refunds"] as const;
const LISTS = fc.constantFrom(...ORDERED);

/** Faults of any request. */
const ANYWHERE: readonly Fault[] = [
  { kind: "rate-limited" },
  { kind: "rate-limited", reason: "global-rate" },
  { kind: "rate-limited", reason: "endpoint-rate", retryAfterS: 7 },
  { kind: "rate-limited", reason: "endpoint-concurrency" },
  { kind: "rate-limited", reason: "global-concurrency" },
  { kind: "rate-limited", reason: "resource-specific" },
  { kind: "lock-timeout" },
  { kind: "lock-timeout", status: 429 },
  { kind: "server-error" },
  { kind: "server-error", status: 502, body: "html" },
  { kind: "server-error", status: 503, body: "no-error" },
  { kind: "server-error", status: 504, body: "empty" },
  { kind: "html" },
  { kind: "reset", after: "request" },
  { kind: "reset", after: "headers" },
  { kind: "reset", after: 0.5 },
  { kind: "truncated" },
  { kind: "truncated", share: 0.95 },
  { kind: "empty-body" },
  { kind: "wrong-content-type" },
  { kind: "stall" },
  { kind: "stall", after: 0.7 },
  { kind: "stall", forMs: 8_000 },
  { kind: "trickle", pieceBytes: 600, everyMs: 500 },
  { kind: "trickle", pieceBytes: 4_000, everyMs: 3_000 },
  { kind: "near-json", form: "nan" },
  { kind: "near-json", form: "trailing-comma" },
  { kind: "near-json", form: "comment" },
  { kind: "near-json", form: "single-quotes" },
  { kind: "data-not-array" },
  { kind: "data-not-array", value: "null" },
  { kind: "items-not-objects" },
  { kind: "id-not-string" },
  { kind: "repeat-page" },
  { kind: "duplicate-object" },
  { kind: "has-more-lies" },
  { kind: "has-more-lies", value: true },
  { kind: "has-more-lies", value: false },
  { kind: "wrong-order" },
  { kind: "outside-window" },
  { kind: "refused", forMs: 3_000 },
  { kind: "key-revoked" },
  { kind: "permission-removed" },
];

/** How often: once or some times, then all is well; or without end, then the run has to say that it failed. */
const times = fc.oneof(
  { weight: 4, arbitrary: fc.record({ times: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({}) },
);

const which = fc.oneof(
  fc.record({ nth: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ probability: fc.constantFrom(0.05, 0.3, 1), seed: fc.nat(1_000) }),
);

const anywhere = fc
  .tuple(
    fc.constantFrom(...ANYWHERE),
    fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: ONE_PATH }),
    which,
    times,
  )
  .map(([fault, drawn, which, times]): FaultRule => {
    // The items inside of an object have no order that could be known.
    const path = fault.kind === "wrong-order" ? (ORDERED.find((list) => list === drawn) ?? "/v1/invoices") : drawn;
    return { fault, match: { ...(path && { path }), ...which }, ...times };
  });

/** The object at which a page was to begin is deleted: the account really changes. */
const cursorDeleted = fc
  .tuple(LISTS, which)
  .map(([path, which]): FaultRule => ({ fault: { kind: "cursor-deleted" }, match: { path, ...which }, times: 1 }));

export const faultRule: fc.Arbitrary<FaultRule> = fc.oneof(
  { weight: 8, arbitrary: anywhere },
  { weight: 1, arbitrary: cursorDeleted },
);
