import { createServer, type Server } from "node:http";
import { connect as connectTo, type Socket } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient, type HttpClient } from "../../src/http/http-client.js";
import { TransportError } from "../../src/http/transport-error.js";
import { listen, ok, startRawServer, type RawServer } from "./raw-server.js";
import { VirtualClock } from "./virtual-clock.js";

const clock = new VirtualClock();
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  expect(clock.sleeping).toBe(0);
});

describe("an HTTP client with a proxy", () => {
  it("sends its requests through a tunnel, with the proxy's credentials for the proxy alone", async () => {
    const server = await serve((socket) => socket.write(ok("{}")));
    const proxy = await startProxy();
    const client = connect(server, `http://user:pass%20word@127.0.0.1:${proxy.port}`);
    expect((await client.get("/v1/charges")).status).toBe(200);
    expect((await client.get("/v1/charges")).status).toBe(200);
    expect(proxy.tunnels).toEqual([
      {
        target: `127.0.0.1:${server.port}`,
        authorization: `Basic ${Buffer.from("user:pass word").toString("base64")}`,
      },
    ]);
    expect(server.requests[0]).not.toMatch(/proxy-authorization/i);
  });

  it("calls a response that is cut off behind the proxy truncated", async () => {
    const server = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
    const proxy = await startProxy();
    const failure = await failureOf(connect(server, `http://127.0.0.1:${proxy.port}`).get("/"));
    expect(failure).toMatchObject({ reason: "truncated", requestSent: true });
  });

  it.each([407, 403, 502])(
    "says that the proxy is at fault when it answers %i, and shows no credentials",
    async (status) => {
      const server = await serve(() => undefined);
      const proxy = await startProxy({ status });
      const failure = await failureOf(connect(server, `http://user:secret@127.0.0.1:${proxy.port}`).get("/"));
      expect(failure).toMatchObject({ reason: "proxy", requestSent: false });
      const shown = inspect(failure, { depth: Infinity, showHidden: true });
      expect(shown).not.toMatch(/secret|dXNlcjpzZWNyZXQ/);
      expect(server.requests.length).toBe(0);
    },
  );

  it("says that the proxy is at fault when it cannot be reached", async () => {
    const server = await serve(() => undefined);
    const gone = await serve(() => undefined);
    await gone.close();
    const failure = await failureOf(connect(server, gone.origin).get("/"));
    expect(failure).toMatchObject({ reason: "proxy", errorCode: "ECONNREFUSED", requestSent: false });
  });

  it("keeps the deadline while the proxy says nothing", async () => {
    const server = await serve(() => undefined);
    const silent = await serve(() => undefined);
    const failure = failureOf(connect(server, silent.origin).get("/", { timeoutMs: 5000 }));
    await silent.received(1);
    await clock.run(5000);
    expect(await failure).toMatchObject({ reason: "timeout", requestSent: false });
  });
});

async function serve(answer: (socket: Socket) => void): Promise<RawServer> {
  const server = await startRawServer(answer);
  opened.push(server);
  return server;
}

function connect(server: RawServer, proxy: string): HttpClient {
  const client = createHttpClient({ baseUrl: server.origin, headers: {}, clock, proxy, maxConnections: 1 });
  opened.push(client);
  return client;
}

interface Proxy {
  readonly port: number;
  readonly tunnels: { target: string | undefined; authorization: string | undefined }[];
}

/** A proxy that makes tunnels, or refuses each with a status. */
async function startProxy({ status = 200 } = {}): Promise<Proxy> {
  const tunnels: Proxy["tunnels"] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request, socket: Socket) => {
    socket.on("error", () => undefined);
    tunnels.push({ target: request.url, authorization: request.headers["proxy-authorization"] });
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? "").split(":");
    const beyond = connectTo(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      beyond.pipe(socket);
      socket.pipe(beyond);
    });
    beyond.on("error", () => socket.destroy());
    beyond.on("close", () => socket.destroy());
    socket.on("close", () => beyond.destroy());
  });
  const port = await listen(server);
  opened.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
  return { port, tunnels };
}

async function failureOf(attempt: Promise<unknown>): Promise<TransportError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  throw new Error("the attempt did not fail");
}
