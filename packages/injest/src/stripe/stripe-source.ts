import { checkOptions, numberUpTo, type OptionRule, TIME } from "../check-options.js";
import { type Clock, systemClock } from "../clock.js";
import { SourceError } from "../errors.js";
import { createHttpClient } from "../http/http-client.js";
import { createRateLimiter } from "../http/rate-limiter.js";
import type { Source, Stream } from "../source.js";
import { DEFAULT_API_VERSION, STREAMS } from "./catalog.js";
import { readCursor } from "./cursor.js";
import { createIdentity, modeOfKey } from "./identity/identity.js";
import { readStripeEvents } from "./feed/stripe-events.js";
import type { StripeContext } from "./read-session.js";
import { createServerClock } from "./client/server-clock.js";
import { createStripeClient, type StripeClient } from "./client/stripe-client.js";
import { createStripeStream } from "./stripe-stream.js";

export const DEFAULT_API_BASE = "https://api.stripe.com";

export interface StripeSourceOptions {
  /** Secret (`sk_…`) or restricted (`rk_…`) key. Kept in memory, put into no text. */
  readonly apiKey: string;
  /** Default `https://api.stripe.com`; plain http only to a loopback address. */
  readonly apiBase?: string | undefined;
  /** Default: the version that the types of the `stripe` package describe. */
  readonly apiVersion?: string | undefined;
  /** The part of Stripe's limits to use, in (0, 1]. Default 0.8: the account's own traffic needs some. */
  readonly share?: number | undefined;
  /** Requests per second that Stripe allows, where it granted this account more than it allows by default. */
  readonly limits?: { readonly account: number; readonly endpoint: number } | undefined;
  /** Requests at most in any second, for all streams together, whatever `share` allows. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Address of an HTTP proxy, with user and password where it wants some. They are put into no text. */
  readonly proxy?: string | undefined;
  /** Everything is read again within so many days. Default 30. */
  readonly sweepDays?: number | undefined;
  /** For one attempt. Default 20,000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** For a request with all of its attempts, beside the time that they wait for their turn. Default 120,000. */
  readonly requestTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1), for the jitter of retries. */
  readonly random?: (() => number) | undefined;
}

const RULES: Readonly<Partial<Record<keyof StripeSourceOptions, OptionRule>>> = {
  apiKey: {
    takes: "a key of Stripe's",
    // It travels in a header, which takes no other character.
    accepts: (value) => typeof value === "string" && /^[\x21-\x7e]+$/.test(value),
    isRequired: true,
  },
  apiVersion: {
    takes: "a version such as 2026-10-28.endive",
    accepts: (value) => typeof value === "string" && /^[\x21-\x7e]+$/.test(value),
  },
  share: numberUpTo(1),
  limits: {
    takes: "two numbers above 0, `account` and `endpoint`",
    accepts: (value) => {
      const { account, endpoint } = (value ?? {}) as { readonly account?: unknown; readonly endpoint?: unknown };
      return [account, endpoint].every(numberUpTo(Infinity).accepts);
    },
  },
  maxRequestsPerSecond: numberUpTo(Infinity),
  proxy: { takes: "an http or https address", accepts: isProxy },
  sweepDays: numberUpTo(Infinity),
  attemptTimeoutMs: numberUpTo(Infinity),
  requestTimeoutMs: numberUpTo(Infinity),
};

const STREAM: OptionRule = {
  takes: `one of ${STREAMS.map(({ name }) => name).join(", ")}`,
  accepts: (value) => STREAMS.some(({ name }) => name === value),
};

/** https://docs.stripe.com/rate-limits: requests per second, for an account and for one endpoint. */
const LIMITS = { live: 100, test: 25, endpoint: 25 };

/**
 * A Stripe account as a source: one stream for each row of the catalogue, all within the account's rate limit.
 *
 * Throws SOURCE_ADDRESS_INVALID for an `apiBase` that would send the key in the clear, and SOURCE_OPTION_INVALID for other
 * options that cannot be used.
 */
export function stripeSource(options: StripeSourceOptions): Source {
  checkOptions(options, RULES);
  const clock = options.clock ?? systemClock;
  const apiVersion = options.apiVersion ?? DEFAULT_API_VERSION;
  const client = openClient(options, clock, apiVersion);
  const context: StripeContext = {
    client: client.stripe,
    identity: createIdentity(client.stripe, options.apiKey),
    apiVersion,
    sweepDays: options.sweepDays ?? 30,
  };
  const streams: Record<string, Stream<unknown>> = {};
  for (const spec of STREAMS) streams[spec.name] = createStripeStream(context, spec);
  return {
    name: "stripe",
    streams,
    check: ({ signal } = {}) => context.identity.check(signal),
    async *events({ since, stream, unreadBy, signal }) {
      checkOptions({ since, stream }, { since: { ...TIME, isRequired: true }, stream: STREAM });
      const spec = STREAMS.find(({ name }) => name === stream) ?? null;
      const position = unreadBy === undefined ? null : readCursor(unreadBy).feed;
      yield* readStripeEvents(client.stripe, { since, spec, unreadBy: position, signal });
    },
    close: () => client.close(),
  };
}

function openClient(
  options: StripeSourceOptions,
  clock: Clock,
  apiVersion: string,
): { stripe: StripeClient; close(): Promise<void> } {
  const { attemptTimeoutMs = 20_000, requestTimeoutMs = 120_000, random = Math.random, share = 0.8 } = options;
  const http = createHttpClient({
    baseUrl: checkedBase(options.apiBase ?? DEFAULT_API_BASE),
    headers: {
      authorization: `Bearer ${options.apiKey}`,
      "stripe-version": apiVersion,
      "user-agent": "lorchestra (https://www.npmjs.com/package/lorchestra)",
      accept: "application/json",
    },
    clock,
    attemptTimeoutMs,
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
  });
  const limits = options.limits ?? {
    account: modeOfKey(options.apiKey) === false ? LIMITS.test : LIMITS.live,
    endpoint: LIMITS.endpoint,
  };
  const most = options.maxRequestsPerSecond ?? Infinity;
  // A burst belongs to what a share leaves of a limit: of a maximum nothing is left over.
  const capped = (perSecond: number) => {
    const limit = Math.min(perSecond, most);
    return { perSecond: limit, share: Math.min(1, (perSecond * share) / limit) };
  };
  const limiter = createRateLimiter({
    clock,
    account: { ...capped(limits.account), isShared: true },
    endpoint: capped(limits.endpoint),
  });
  const serverClock = createServerClock(clock);
  const stripe = createStripeClient({ http, limiter, clock, serverClock, attemptTimeoutMs, requestTimeoutMs, random });
  return { stripe, close: () => http.close() };
}

/** Else undici and `URL` refuse it, with errors that have all of it in them: its password, too. */
function isProxy(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  try {
    // As undici does, which takes a percent sign by itself for an error.
    decodeURIComponent(`${username}:${password}`);
  } catch {
    return false;
  }
  return protocol === "http:" || protocol === "https:";
}

function checkedBase(apiBase: string): string {
  const hint = "Set STRIPE_API_BASE to an https address, or to http on this machine (http://127.0.0.1:12111).";
  let url: URL;
  try {
    url = new URL(apiBase);
  } catch {
    throw new SourceError("SOURCE_ADDRESS_INVALID", "the address of Stripe's API is no URL", { hint });
  }
  const isLoopback =
    url.hostname === "localhost" || url.hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
  if (url.username !== "" || url.password !== "") {
    throw new SourceError("SOURCE_ADDRESS_INVALID", "the address of Stripe's API holds a user name or password", {
      hint,
    });
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback)) return apiBase;
  throw new SourceError("SOURCE_ADDRESS_INVALID", `the key would be sent in the clear to ${url.hostname}`, { hint });
}
