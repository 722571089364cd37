import { expect, it } from "vitest";
import { createHttpClient } from "../../src/http/http-client.js";
import type { RateLimiter } from "../../src/http/rate-limiter.js";
import { classifyFailure } from "../../src/http/classify-failure.js";
import type { HttpResponse } from "../../src/http/response-collector.js";
import type { SourceError } from "../../src/errors.js";
import type { ReadEvent } from "../../src/source.js";
import { createServerClock } from "../../src/stripe/client/server-clock.js";
import { createStripeClient, type StripeClient } from "../../src/stripe/client/stripe-client.js";
import { limiterOf } from "../http/rate-limiter-rig.js";
import { ok, type RawServer, startRawServer } from "../http/raw-server.js";
import { VirtualClock } from "../http/virtual-clock.js";

interface ClientRig extends AsyncDisposable {
  readonly client: StripeClient;
}

function openClient(
  server: RawServer,
  clock: VirtualClock,
  limiter: RateLimiter,
  requestTimeoutMs = 120_000,
  maxConnections = 128,
): ClientRig {
  const http = createHttpClient({ baseUrl: server.origin, headers: {}, clock, maxConnections });
  const serverClock = createServerClock(clock);
  const client = createStripeClient({
    http,
    limiter,
    clock,
    serverClock,
    attemptTimeoutMs: 20_000,
    requestTimeoutMs,
    random: () => 0.5,
  });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await http.close();
      await server.close();
    },
  };
}

const THINGS = { path: "/v1/things", endpoint: "/v1/things", permission: "thing_read" };

it("tells the limiter when a request leaves, and then that it has ended", async () => {
  const told: string[] = [];
  const server = await startRawServer((socket) => {
    told.push("arrived");
    socket.write(ok("{}"));
  });
  const limiter = {
    acquire: async () => ({
      sent: () => told.push("sent"),
      refund: () => told.push("refund"),
      done: () => told.push("done"),
    }),
  } as unknown as RateLimiter;
  await using rig = openClient(server, new VirtualClock(), limiter);
  await rig.client.get(THINGS, () => null);
  expect(told).toEqual(["sent", "arrived", "done"]);
});

it("tells of a request when it leaves, and of none that is aborted while it waits for a connection", async () => {
  const told: string[] = [];
  const answers: (() => void)[] = [];
  const server = await startRawServer((socket) => {
    told.push("arrived");
    answers.push(() => socket.write(ok("{}")));
  });
  const clock = new VirtualClock();
  const limit = { perSecond: 100 };
  const limiter = limiterOf(clock, { account: limit, endpoint: limit, share: 1 });
  await using rig = openClient(server, clock, limiter, 120_000, 1);
  const observe = ({ type }: ReadEvent): void => void told.push(type);
  const first = rig.client.get({ ...THINGS, observe }, () => "answered");
  await expect.poll(() => answers.length).toBe(1);
  const abort = new AbortController();
  const second = rig.client.get({ ...THINGS, observe, signal: abort.signal }, () => null);
  const failure = second.catch((error: unknown) => error);
  await clock.run(1_000);
  abort.abort(new Error("stop"));
  expect(await failure).toBe(abort.signal.reason);
  answers[0]?.();
  expect(await first).toBe("answered");
  expect(told).toEqual(["request", "arrived"]);
});

it("gives its turn back where it is aborted between the turn and the request", async () => {
  const server = await startRawServer((socket) => socket.write(ok("{}")));
  const clock = new VirtualClock();
  const limits = { perSecond: 100, maxInFlight: 1 };
  const limiter = limiterOf(clock, { account: limits, endpoint: limits, share: 1 });
  await using rig = openClient(server, clock, limiter);
  const abort = new AbortController();
  const failure = rig.client.get({ ...THINGS, signal: abort.signal }, () => null).catch((error: unknown) => error);
  abort.abort(new Error("stop"));
  expect(await failure).toBe(abort.signal.reason);
  // The only turn there is.
  await clock.run(100);
  expect(await rig.client.get(THINGS, () => "answered")).toBe("answered");
});

it("lets no time of its deadline pass while a request waits for its turn", async () => {
  let requests = 0;
  const server = await startRawServer((socket) => {
    requests += 1;
    socket.write(requests <= 2 ? "HTTP/1.1 503 Down\r\ncontent-length: 2\r\n\r\n{}" : ok("{}"));
  });
  const clock = new VirtualClock();
  const once = { perSecond: 0.1 };
  const limiter = limiterOf(clock, { account: { perSecond: 100 }, endpoint: once, share: 1 });
  await using rig = openClient(server, clock, limiter, 3_000);
  // The second turn comes 10 s after the first, and the third as long after that.
  const answer = rig.client.get(THINGS, () => "answered");
  await expect.poll(() => requests).toBe(1);
  await expect
    .poll(async () => {
      await clock.run(2_000);
      return requests;
    })
    .toBe(3);
  expect(await answer).toBe("answered");
});

it("asks again where Stripe says that it may succeed, whatever the status, and not where it says nothing", async () => {
  for (const [header, times] of [
    ["Stripe-Should-Retry: true\r\n", 2],
    ["Stripe-Should-Retry: false\r\n", 1],
    ["", 1],
  ] as const) {
    let requests = 0;
    const body = '{"error":{"type":"invalid_request_error","message":"busy"}}';
    const server = await startRawServer((socket) => {
      requests += 1;
      const refusal = `HTTP/1.1 400 Bad Request\r\n${header}content-length: ${body.length}\r\n\r\n${body}`;
      socket.write(requests === 1 ? refusal : ok("{}"));
    });
    const clock = new VirtualClock();
    const limit = { perSecond: 100 };
    await using rig = openClient(server, clock, limiterOf(clock, { account: limit, endpoint: limit, share: 1 }));
    const answer = rig.client.get(THINGS, () => "answered").catch(({ code }: { code: string }) => code);
    let told: string | null = null;
    void answer.then((outcome) => (told = outcome));
    await expect
      .poll(async () => {
        await clock.run(1_000);
        return told;
      })
      .toBe(times === 2 ? "answered" : "SOURCE_REQUEST_REFUSED");
    expect(requests).toBe(times);
  }
});

/** Asks twice by a connection that first ends in these codes, then answers; resolves to each answer or its error's code. */
async function askedThrough(codes: readonly (string | null)[]): Promise<readonly unknown[]> {
  const clock = new VirtualClock();
  const outcomes = [...codes];
  const response: HttpResponse = { status: 200, headers: {}, body: Buffer.from("{}"), sentMs: 0, receivedMs: 0 };
  const progress = { requestSent: false, headersReceived: false, throughProxy: false };
  const client = createStripeClient({
    http: {
      get: async () => {
        const code = outcomes.shift() ?? null;
        if (code !== null) throw classifyFailure(Object.assign(new Error("boom"), { code }), progress);
        return response;
      },
      close: async () => undefined,
    },
    limiter: limiterOf(clock, { account: { perSecond: 100 }, endpoint: { perSecond: 100 } }),
    clock,
    serverClock: createServerClock(clock),
    attemptTimeoutMs: 20_000,
    requestTimeoutMs: 120_000,
    random: () => 0.5,
  });
  const ask = async (): Promise<unknown> => {
    const answer = client.get(THINGS, () => "answered").catch((error: unknown) => (error as SourceError).code);
    await clock.run(200_000);
    return answer;
  };
  return [await ask(), await ask()];
}

it.each([
  ["a byte that was changed on the way", "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
  ["a server that breaks a handshake off", "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"],
])("asks again after %s, at the first request and later", async (_, code) => {
  expect(await askedThrough([code, null, code, null])).toEqual(["answered", "answered"]);
});

it.each([
  ["speaks no TLS", "ERR_SSL_WRONG_VERSION_NUMBER"],
  ["speaks no TLS, as older systems say it", "EPROTO"],
])("calls an address that %s wrong at once, unless it has answered before", async (_, code) => {
  expect(await askedThrough([code, null])).toEqual(["SOURCE_ADDRESS_INVALID", "answered"]);
  expect(await askedThrough([null, code, null])).toEqual(["answered", "answered"]);
});

it("calls an address whose certificate is not to be trusted wrong at once, also where it has answered before", async () => {
  for (const code of ["CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID", "SELF_SIGNED_CERT_IN_CHAIN"])
    expect(await askedThrough([null, code, null])).toEqual(["answered", "SOURCE_ADDRESS_INVALID"]);
});
