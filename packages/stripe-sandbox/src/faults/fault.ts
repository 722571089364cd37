import type { RateLimitReason } from "../limits/rate-limiter.js";

/** Something that goes wrong with one request. */
export type Fault =
  /** 429 as from a rate limiter; without `reason`, the header that names it is missing. */
  | { readonly kind: "rate-limited"; readonly reason?: RateLimitReason; readonly retryAfterS?: number }
  /** Another request holds the object. Stripe answers 429 in most cases, 409 in some. Default: 409. */
  | { readonly kind: "lock-timeout"; readonly status?: 409 | 429 }
  /** Default: 500 with Stripe's JSON. `no-error` is JSON without the member `error`. */
  | {
      readonly kind: "server-error";
      readonly status?: 500 | 502 | 503 | 504;
      readonly body?: "stripe" | "no-error" | "html" | "empty";
    }
  /** A web page with status 200, as from a proxy that wants a log-in. */
  | { readonly kind: "html" }
  /** The connection is reset: at once, after the headers, or after this share of the body. Default: `headers`. */
  | { readonly kind: "reset"; readonly after?: "request" | "headers" | number }
  /** The JSON ends early but its framing is right. Default: half of it is left. */
  | { readonly kind: "truncated"; readonly share?: number }
  | { readonly kind: "empty-body" }
  /** Default: text/plain. */
  | { readonly kind: "wrong-content-type"; readonly contentType?: string }
  /**
   * Silence after the headers, or after this share of the body; then the rest. Defaults: after the headers, until
   * the client gives up.
   */
  | { readonly kind: "stall"; readonly after?: "headers" | number; readonly forMs?: number }
  /** The body comes in pieces. Defaults: 16 bytes every 100 ms. */
  | { readonly kind: "trickle"; readonly pieceBytes?: number; readonly everyMs?: number }
  /** Almost JSON. Default: nan. */
  | { readonly kind: "near-json"; readonly form?: "nan" | "trailing-comma" | "comment" | "single-quotes" }
  /** A list whose `data` is no array. Default: an object. */
  | { readonly kind: "data-not-array"; readonly value?: string }
  /** A list whose items are no objects. */
  | { readonly kind: "items-not-objects" }
  /** A list whose first item's id is no string. */
  | { readonly kind: "id-not-string" }
  /** The page before the one that was asked for. */
  | { readonly kind: "repeat-page" }
  /** A page that shows its first object twice. */
  | { readonly kind: "duplicate-object" }
  /** A list that says this of `has_more`, whatever is true. Default: the opposite of the truth. */
  | { readonly kind: "has-more-lies"; readonly value?: boolean }
  /** A page with its oldest object first. */
  | { readonly kind: "wrong-order" }
  /** A page with an object from outside the `created` window that was asked for. */
  | { readonly kind: "outside-window" }
  /** Objects as they were before their last change. */
  | { readonly kind: "stale-read" }
  /** The object that the page token names is deleted just before it is looked up. */
  | { readonly kind: "cursor-deleted" }
  /** From this request on the key answers 401. */
  | { readonly kind: "key-revoked" }
  /** From this request on the key lacks a permission. Default: the one that the request needs. */
  | { readonly kind: "permission-removed"; readonly permission?: string }
  /** The request's connection is reset and new ones are refused. Default: for a second. */
  | { readonly kind: "refused"; readonly forMs?: number };

/** Which requests a fault is played on. All conditions have to hold. */
export interface FaultMatch {
  /** Default: any. */
  readonly method?: string;
  /**
   * A path (`/v1/customers`), an endpoint's path (`/v1/invoices/{id}`), or the start of paths (`/v1/invoices*`), of
   * the real path or a regular expression for it. Default: any.
   */
  readonly path?: string | RegExp;
  /** Stands somewhere in the query string, after decoding. */
  readonly query?: string;
  /** Only these of the matching requests, counted from 1. */
  readonly nth?: number | readonly number[];
  /** In [0, 1]. Default: 1. */
  readonly probability?: number;
  /** Seed of the draws for `probability`. Default: 1. */
  readonly seed?: number;
}

export interface FaultRule {
  readonly match?: FaultMatch;
  readonly fault: Fault;
  /** Played so often at most. Default: without end. */
  readonly times?: number;
}

/** A rule in force. */
export interface ActiveFault {
  /** How often it was played. */
  readonly hits: number;
  remove(): void;
}

/** The rules of a sandbox. The first one that matches a request is played; a request has one fault at most. */
export interface Faults {
  /** @example sandbox.faults.add({ match: { path: "/v1/customers", nth: 2 }, fault: { kind: "truncated" } }) */
  add(rule: FaultRule): ActiveFault;
  clear(): void;
}
