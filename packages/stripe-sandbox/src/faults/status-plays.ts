import { stripeError } from "../api/stripe-error.js";
import type { RateLimitReason } from "../limits/rate-limiter.js";
import type { Fault } from "./fault.js";
import type { FaultPlay } from "./fault-play.js";

type Of<K extends Fault["kind"]> = Extract<Fault, { kind: K }>;

const HTML =
  "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n";

/** Faults that answer in the endpoint's place. */
export const STATUS_PLAYS = {
  "rate-limited": ({ reason, retryAfterS }: Of<"rate-limited">): FaultPlay => ({
    instead() {
      throw rateLimited(reason, retryAfterS);
    },
  }),
  "lock-timeout": ({ status = 409 }: Of<"lock-timeout">): FaultPlay => ({
    instead() {
      throw stripeError(status, {
        code: "lock_timeout",
        message:
          "This object cannot be accessed right now because another API request or Stripe process is currently " +
          "accessing it. If you see this error intermittently, retry the request. If you see this error frequently " +
          "and are making multiple concurrent requests to a single object, make your requests serially or at a " +
          "lower rate.",
      });
    },
  }),
  "server-error": ({ status = 500, body = "stripe" }: Of<"server-error">): FaultPlay => ({
    instead() {
      if (body === "html") return { status, body: HTML, contentType: "text/html" };
      if (body === "empty") return { status, body: "" };
      if (body === "no-error") return { status, body: '{"message":"upstream connect error"}' };
      throw stripeError(status, {
        type: "api_error",
        message: "Sorry! There was an error while talking to one of our backends. Support has been notified.",
      });
    },
  }),
  html: (): FaultPlay => ({ instead: () => ({ status: 200, body: HTML, contentType: "text/html" }) }),
} as const;

/** The refusal of a rate limiter: https://docs.stripe.com/rate-limits */
export function rateLimited(reason?: RateLimitReason, retryAfterS?: number): Error {
  return stripeError(
    429,
    {
      code: "rate_limit",
      message:
        "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
    },
    {
      ...(reason === undefined ? {} : { "Stripe-Rate-Limited-Reason": reason }),
      ...(retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) }),
    },
  );
}
