import type { Clock } from "../../clock.js";
import { SourceError } from "../../errors.js";
import type { HttpClient } from "../../http/http-client.js";
import type { HttpResponse } from "../../http/response-collector.js";
import type { Permit, RateLimiter } from "../../http/rate-limiter.js";
import { retry, type Verdict } from "../../http/retry.js";
import { TransportError } from "../../http/transport-error.js";
import { JsonError } from "../../json/json-error.js";
import type { ReadEvent } from "../../source.js";
import type { ServerClock } from "./server-clock.js";
import { errorOfResponse, errorOfTransport, invalidResponse, isMissing, type RequestPurpose } from "./stripe-errors.js";

export interface StripeClientOptions {
  readonly http: HttpClient;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  /** For one attempt, and for a request with all of its attempts; the time that they wait for their turn does not count. */
  readonly attemptTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly random: () => number;
}

/** A GET request. */
export interface StripeRequest extends RequestPurpose {
  /** With the query string. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
  /** What stands in for Stripe may lack it: a refusal without a reason is final. */
  readonly isOptional?: boolean;
  /** A longer body is refused as too large; by default one of 128 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Leave of the limiter for the first attempt, where the caller has it already. */
  readonly permit?: Permit;
}

/** What is known of an answer beside its body. */
export interface AnswerFacts {
  readonly requestId: string | null;
  /** Monotonic, just before the request that was answered went out. */
  readonly sentMs: number;
  readonly receivedMs: number;
}

type ParseBody<T> = (body: Buffer, facts: AnswerFacts) => T;

export interface StripeClient {
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  /**
   * Sends the request, again where that may help, until `parse` takes the body of a success; a `JsonError` or a
   * SOURCE_RESPONSE_INVALID that it throws counts as a failed attempt. Throws `SourceError`, or the signal's reason. With
   * `whenMissing`, that what was asked for does not exist (404) is an answer, too.
   */
  get<T>(request: StripeRequest, parse: ParseBody<T>, whenMissing?: (facts: AnswerFacts) => T): Promise<T>;
}

export function createStripeClient(options: StripeClientOptions): StripeClient {
  const { http, limiter, clock, serverClock, attemptTimeoutMs, requestTimeoutMs, random } = options;

  /** Whether the address has given an answer that only Stripe gives. */
  let isStripe = false;
  /** Whether it has given any. */
  let hasAnswered = false;

  return { limiter, clock, serverClock, get };

  async function get<T>(
    request: StripeRequest,
    parse: ParseBody<T>,
    whenMissing?: (facts: AnswerFacts) => T,
  ): Promise<T> {
    const { endpoint, signal, observe } = request;
    // To wait for one's turn is no failure of Stripe's: the deadline does not run meanwhile.
    let waitedMs = 0;
    const ownTurn = async (): Promise<Permit> => {
      const fromMs = clock.monotonicMs();
      const leave = await limiter.acquire(endpoint, signal);
      waitedMs += clock.monotonicMs() - fromMs;
      return leave;
    };
    let permit: Permit | null = request.permit ?? (await ownTurn());
    let attempts = 0;
    const startedMs = clock.monotonicMs();
    try {
      return await retry(
        async (remainingMs) => {
          const leave = permit ?? (await ownTurn());
          permit = null;
          attempts += 1;
          return attempt(request, leave, Math.min(attemptTimeoutMs, remainingMs), parse, whenMissing);
        },
        {
          clock: {
            monotonicMs: () => clock.monotonicMs() - waitedMs,
            sleep: (delayMs, until) => clock.sleep(delayMs, until),
          },
          judge,
          deadlineMs: requestTimeoutMs,
          random,
          ...(signal ? { signal } : {}),
          onRetry: ({ reason, delayMs }) => observe?.({ type: "retry", endpoint, reason, delayMs }),
        },
      );
    } catch (error) {
      if (!(error instanceof SourceError) || attempts < 2) throw error;
      const facts = { ...error.facts, attempts, elapsedMs: Math.round(clock.monotonicMs() - startedMs) };
      throw new SourceError(error.code, error.message, { hint: error.hint, facts, cause: error });
    } finally {
      // Aborted before the first attempt: nobody else would give it back.
      permit?.refund();
    }
  }

  async function attempt<T>(
    request: StripeRequest,
    permit: Permit,
    timeoutMs: number,
    parse: ParseBody<T>,
    whenMissing: ((facts: AnswerFacts) => T) | undefined,
  ): Promise<T> {
    let response: HttpResponse;
    try {
      const { signal, maxBodyBytes } = request;
      // Not before: one that is aborted while it waits for a connection never comes to Stripe.
      const onSent = (): void => {
        permit.sent();
        request.observe?.({ type: "request", endpoint: request.endpoint });
      };
      response = await http.get(request.path, { timeoutMs, maxBodyBytes, onSent, ...(signal && { signal }) });
    } catch (error) {
      // What never left counts against no limit of Stripe's.
      if (error instanceof TransportError && !error.requestSent) permit.refund();
      else permit.done();
      throw error instanceof TransportError ? errorOfTransport(error, request, hasAnswered) : error;
    }
    hasAnswered = true;
    serverClock.observe(response.headers["date"], response.receivedMs);
    const latencyMs = response.receivedMs - response.sentMs;
    const rateLimited = rateLimitOf(response);
    permit.done(rateLimited === undefined ? { latencyMs } : { latencyMs, rateLimited });
    if (rateLimited !== undefined)
      request.observe?.({ type: "rate-limited", endpoint: request.endpoint, reason: rateLimited });
    const requestId = response.headers["request-id"];
    const { sentMs, receivedMs } = response;
    const facts: AnswerFacts = { requestId: requestId ?? null, sentMs, receivedMs };
    if (response.status !== 200) {
      const error = errorOfResponse(response, request, isStripe && request.isOptional !== true);
      if (whenMissing && response.status === 404 && isMissing(error)) return whenMissing(facts);
      throw withAdvice(error, response);
    }
    try {
      const parsed = parse(response.body, facts);
      isStripe = true;
      return parsed;
    } catch (error) {
      throw error instanceof JsonError ? invalidResponse(error.message, request, requestId, error) : error;
    }
  }
}

/** Undefined unless refused for its rate; then Stripe's reason, or null. https://docs.stripe.com/rate-limits */
function rateLimitOf(response: HttpResponse): string | null | undefined {
  if (response.status !== 429) return undefined;
  return response.headers["stripe-rate-limited-reason"] ?? null;
}

interface Advice {
  readonly retryAfterMs?: number;
  /** Stripe knows that the same request may succeed, whatever its status says. */
  readonly mayPass: boolean;
}

const advice = new WeakMap<SourceError, Advice>();

/**
 * Remembers what Stripe says of a refusal in its headers, as its own libraries do (stripe-node, RequestSender). That
 * `Stripe-Should-Retry` is false counts for nothing: a read does no harm, and its deadline ends it.
 */
function withAdvice(error: SourceError, { headers }: HttpResponse): SourceError {
  const seconds = Number(headers["retry-after"]);
  advice.set(error, {
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) * 1000 }),
    mayPass: headers["stripe-should-retry"] === "true",
  });
  return error;
}

/** Longer waits that somebody asks for would outlast the request's deadline anyway. */
const LONGEST_RETRY_AFTER_SECONDS = 60;

function judge(failure: unknown): Verdict {
  if (!(failure instanceof SourceError)) return { retry: false };
  const { retryAfterMs, mayPass = false } = advice.get(failure) ?? {};
  if (failure.remedy !== "retry" && !mayPass) return { retry: false };
  if (
    failure.cause instanceof TransportError &&
    (failure.cause.reason === "closed" || failure.cause.reason === "too-large")
  ) {
    return { retry: false };
  }
  const reason =
    failure.facts.status === undefined || failure.facts.status === 200 ? failure.code : String(failure.facts.status);
  return { retry: true, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
