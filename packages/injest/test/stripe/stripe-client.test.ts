import { expect, it } from "vitest";
import { createHttpClient } from "../../src/http/http-client.js";
import type { RateLimiter } from "../../src/http/rate-limiter.js";
import { createServerClock } from "../../src/stripe/server-clock.js";
import { createStripeClient } from "../../src/stripe/stripe-client.js";
import { ok, startRawServer } from "../http/raw-server.js";
import { VirtualClock } from "../http/virtual-clock.js";

it("tells the limiter when a request leaves, and then that it has ended", async () => {
  const told: string[] = [];
  const server = await startRawServer((socket) => {
    told.push("arrived");
    socket.write(ok("{}"));
  });
  const clock = new VirtualClock();
  const http = createHttpClient({ baseUrl: server.origin, headers: {}, clock });
  const limiter = {
    acquire: async () => ({
      sent: () => told.push("sent"),
      refund: () => told.push("refund"),
      done: () => told.push("done"),
    }),
  } as unknown as RateLimiter;
  const client = createStripeClient({
    http,
    limiter,
    clock,
    serverClock: createServerClock(clock),
    attemptTimeoutMs: 20_000,
    requestTimeoutMs: 120_000,
    random: () => 0,
  });
  await client.get({ path: "/v1/things", endpoint: "/v1/things", permission: "thing_read" }, () => null);
  expect(told).toEqual(["sent", "arrived", "done"]);
  await http.close();
  await server.close();
});
