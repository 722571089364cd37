import type { JsonLayout } from "../json/write-json.js";
import { createLatency, type Latency } from "../limits/latency.js";
import { createRateLimiter, type RateLimiter, type RateLimits } from "../limits/rate-limiter.js";

/** How the API behaves. All of it can be set while the sandbox runs. */
export interface ApiOptions {
  /** How bodies are written. Stripe indents them, so that an object in a list is indented further. Default: compact. */
  layout: JsonLayout;
  /** Sign volatile fields (`hosted_invoice_url`, …) anew at each reading, as Stripe does. Default: false. */
  volatile: boolean;
  /** Keep the ids of each page in {@link RequestLog}. Default: false. */
  recordIds: boolean;
  /** How long answers take. What they say is as of their arrival. Default: none. */
  latency: Latency;
  /** `stripe` for Stripe's own limits. Setting it starts counting anew. Default: off. */
  rateLimits: RateLimits | "stripe" | "off";
}

/** The options, with what the server makes of them. */
export interface ApiSettings extends ApiOptions {
  nextLatencyMs(): number;
  readonly limiter: RateLimiter | undefined;
}

export function createApiSettings(options: Partial<ApiOptions>): ApiSettings {
  let { latency = "none", rateLimits = "off" } = options;
  let nextLatencyMs = createLatency(latency);
  let limiter = limiterFor(rateLimits);
  return {
    layout: options.layout ?? "compact",
    volatile: options.volatile ?? false,
    recordIds: options.recordIds ?? false,
    get latency() {
      return latency;
    },
    set latency(value) {
      latency = value;
      nextLatencyMs = createLatency(value);
    },
    get rateLimits() {
      return rateLimits;
    },
    set rateLimits(value) {
      rateLimits = value;
      limiter = limiterFor(value);
    },
    nextLatencyMs: () => nextLatencyMs(),
    get limiter() {
      return limiter;
    },
  };
}

function limiterFor(limits: ApiOptions["rateLimits"]): RateLimiter | undefined {
  if (limits === "off") return undefined;
  return createRateLimiter(limits === "stripe" ? {} : limits);
}
