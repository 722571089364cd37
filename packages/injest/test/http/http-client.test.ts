import { createServer } from "node:http";
import type { Socket } from "node:net";
import { inspect } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "../../src/http/http-client.js";
import { TransportError } from "../../src/http/transport-error.js";
import { listen, ok, startRawServer, type RawServer } from "./raw-server.js";
import { VirtualClock } from "./virtual-clock.js";

const KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

const clock = new VirtualClock();
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  expect(clock.sleeping).toBe(0);
});

describe("an HTTP client", () => {
  it("gives the status, the headers by lower-case name, the body and the times of a response", async () => {
    const server = await serve((socket) =>
      socket.write(ok('{"a":1}', ["Request-Id: req_1", "Set-Cookie: a", "Set-Cookie: b", "X-Twice: 1", "X-Twice: 2"])),
    );
    const response = await connect(server).get("/v1/charges?limit=100");
    expect(response).toMatchObject({ status: 200, sentMs: clock.monotonicMs(), receivedMs: clock.monotonicMs() });
    expect(response.headers).toMatchObject({ "request-id": "req_1", "x-twice": "1, 2", "set-cookie": "a, b" });
    expect(response.body.toString()).toBe('{"a":1}');
  });

  it("sends its headers, asks for no compression, and puts the base's path first", async () => {
    const server = await serve((socket) => socket.write(ok("{}")));
    const client = connect(server, { baseUrl: `${server.origin}/prefix/` });
    await client.get("/v1/charges?limit=1");
    const [head = ""] = server.requests;
    expect(head).toMatch(/^GET \/prefix\/v1\/charges\?limit=1 HTTP\/1.1\r\n/);
    expect(head).toContain(`authorization: Bearer ${KEY}`);
    expect(head).not.toMatch(/accept-encoding/i);
  });

  it.each([301, 404, 429, 500, 503])("resolves with status %i, which is a whole response", async (status) => {
    const server = await serve((socket) =>
      socket.write(`HTTP/1.1 ${status} Whatever\r\nlocation: /elsewhere\r\ncontent-length: 2\r\n\r\n{}`),
    );
    expect((await connect(server).get("/")).status).toBe(status);
    expect(server.requests.length).toBe(1);
  });

  it("passes over informational responses", async () => {
    const server = await serve((socket) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
      socket.write(ok("{}"));
    });
    expect(await connect(server).get("/")).toMatchObject({ status: 200, body: Buffer.from("{}") });
  });

  it("reads bodies that come in chunks, with or without a length, and empty ones", async () => {
    const big = "x".repeat(300_000);
    const server = await serve((socket, head) => {
      if (head.includes("/length")) socket.write(ok(big));
      else if (head.includes("/chunked"))
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n`);
      else if (head.includes("/empty")) socket.write(ok(""));
      else socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end");
    });
    const client = connect(server);
    const text = async (path: string): Promise<string> => (await client.get(path)).body.toString();
    expect(await text("/length")).toBe(big);
    expect(await text("/chunked")).toBe("abcdefg");
    expect(await text("/empty")).toBe("");
    expect(await text("/to-the-end")).toBe("to the end");
  });

  it("uses a connection again, and no more connections at once than allowed", async () => {
    const waiting: Socket[] = [];
    const server = await serve((socket) => void waiting.push(socket));
    const client = connect(server, { maxConnections: 2 });
    const responses = [1, 2, 3].map((index) => client.get(`/${index}`));
    await server.received(2);
    expect(server.connections).toBe(2);
    waiting.shift()?.write(ok("{}"));
    await server.received(3);
    for (const socket of waiting) socket.write(ok("{}"));
    await Promise.all(responses);
    expect(server.connections).toBe(2);
  });
});

describe("the deadline of an attempt", () => {
  it("ends one that gets no answer", async () => {
    const server = await serve(() => undefined);
    const failure = failureOf(connect(server, { attemptTimeoutMs: 20_000 }).get("/"));
    await server.received(1);
    await clock.run(19_999);
    expect(clock.sleeping).toBe(1);
    await clock.run(1);
    expect(await failure).toMatchObject({ reason: "timeout", requestSent: true });
    await server.closed(1);
  });

  it("ends one whose body trickles, however often a byte comes", async () => {
    const server = await serve((socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"));
    const sockets: Socket[] = [];
    const trickling = await serve((socket) => {
      sockets.push(socket);
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    });
    const failures = [server, trickling].map((one) => failureOf(connect(one).get("/")));
    await trickling.received(1);
    await server.received(1);
    for (let second = 0; second < 20; second++) {
      sockets[0]?.write("x");
      await clock.run(1000);
    }
    for (const failure of failures) expect(await failure).toMatchObject({ reason: "timeout" });
  });

  it("runs while an attempt waits for a connection, and nothing is sent afterwards", async () => {
    const sockets: Socket[] = [];
    const server = await serve((socket) => void sockets.push(socket));
    const client = connect(server, { maxConnections: 1 });
    const first = client.get("/first", { timeoutMs: 60_000 });
    const second = failureOf(client.get("/second", { timeoutMs: 5000 }));
    await server.received(1);
    await clock.run(5000);
    expect(await second).toMatchObject({ reason: "timeout", requestSent: false });
    sockets[0]?.write(ok("{}"));
    await first;
    const third = client.get("/third");
    await server.received(2);
    sockets.at(-1)?.write(ok("{}"));
    await third;
    expect(server.requests.map((head) => head.split(" ")[1])).toEqual(["/first", "/third"]);
  });

  it("is each attempt's own where several are under way", async () => {
    const server = await serve(() => undefined);
    const client = connect(server);
    const ended: number[] = [];
    const attempts = [9000, 3000, 6000].map((timeoutMs) =>
      failureOf(client.get("/", { timeoutMs })).then(() => ended.push(timeoutMs)),
    );
    await server.received(3);
    await clock.run(3000);
    expect(ended).toEqual([3000]);
    await clock.run(6000);
    await Promise.all(attempts);
    expect(ended).toEqual([3000, 6000, 9000]);
  });
});

describe("a response that is compressed, although nothing asked for that,", () => {
  it.each<[string, (text: string) => Buffer]>([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["GZIP", gzipSync],
    ["identity", Buffer.from],
  ])("is decompressed: %s", async (encoding, compress) => {
    const text = JSON.stringify({ note: "é".repeat(2000) });
    const server = await serve((socket) => socket.write(ok(compress(text), [`content-encoding: ${encoding}`])));
    const { status, body } = await connect(server).get("/");
    expect([status, body.toString("utf8")]).toEqual([200, text]);
  });

  it("may have no body", async () => {
    const server = await serve((socket) => socket.write(ok("", ["content-encoding: gzip"])));
    expect((await connect(server).get("/")).body).toHaveLength(0);
  });
});

describe("a failed attempt", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  it.each<[string, (socket: Socket) => void, string]>([
    ["reset before an answer", (socket) => socket.resetAndDestroy(), "reset"],
    ["closed before an answer", (socket) => socket.end(), "reset"],
    ["closed amid the headers", (socket) => socket.end(`${head}content-le`), "reset"],
    ["reset amid the body", (socket) => after(socket, `${head}content-length: 9\r\n\r\n{"a"`, "reset"), "truncated"],
    ["closed amid the body", (socket) => socket.end(`${head}content-length: 9\r\n\r\n{"a"`), "truncated"],
    [
      "closed amid the body of a connection that was to be closed",
      (socket) => socket.end(`${head}connection: close\r\ncontent-length: 9\r\n\r\n{"a"`),
      "truncated",
    ],
    ["closed amid a chunk", (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\n9\r\n{"a"`), "truncated"],
    [
      "closed between chunks",
      (socket) => socket.end(`${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n`),
      "truncated",
    ],
    ["answered in another protocol", (socket) => socket.end("220 mail.example.com ESMTP\r\n"), "protocol"],
    [
      "answered with a broken chunk",
      (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`),
      "protocol",
    ],
    ["answered with endless headers", (socket) => socket.end(`${head}a: ${"x".repeat(100_000)}\r\n\r\n`), "protocol"],
    ["compressed in an unknown way", (socket) => socket.write(ok("abc", ["content-encoding: zip"])), "protocol"],
    ["compressed, and damaged", (socket) => socket.write(ok("abc", ["content-encoding: gzip"])), "truncated"],
    [
      "compressed, and cut off",
      (socket) => socket.write(ok(gzipSync("abc").subarray(0, -5), ["content-encoding: gzip"])),
      "truncated",
    ],
    [
      "too large once it is decompressed",
      (socket) => socket.write(ok(gzipSync("x".repeat(4001)), ["content-encoding: gzip"])),
      "too-large",
    ],
    ["too large by its length", (socket) => socket.write(`${head}content-length: 5000\r\n\r\n`), "too-large"],
    [
      "too large by what came",
      (socket) => socket.write(`${head}transfer-encoding: chunked\r\n\r\nfff\r\n${"x".repeat(0xfff)}\r\n`),
      "too-large",
    ],
  ])("that is %s says so, and the next attempt works", async (_, answer, reason) => {
    let isBroken = true;
    const server = await serve((socket) => {
      if (isBroken) answer(socket);
      else socket.write(ok("{}"));
    });
    const client = connect(server);
    expect(await failureOf(client.get("/", { maxBodyBytes: 4000 }))).toMatchObject({ reason, requestSent: true });
    expect(server.requests.length).toBe(1);
    isBroken = false;
    expect((await client.get("/")).status).toBe(200);
  });

  it("says that the connection was refused, and that nothing was sent", async () => {
    const server = await serve(() => undefined);
    await server.close();
    expect(await failureOf(connect(server).get("/"))).toMatchObject({
      reason: "refused",
      errorCode: "ECONNREFUSED",
      requestSent: false,
    });
  });

  it("says that no secure connection could be made", async () => {
    // It takes the greeting of TLS for a broken request, and answers in plain text.
    const server = createServer();
    const port = await listen(server);
    opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const client = connect({ origin: `https://127.0.0.1:${port}` });
    expect(await failureOf(client.get("/"))).toMatchObject({ reason: "tls", requestSent: false });
  });

  it("shows nothing of the request's headers or of the response", async () => {
    const server = await serve((socket) => socket.end("jane@example.com is no status line\r\n\r\n"));
    const failure = await failureOf(connect(server).get("/"));
    const shown = inspect(failure, { depth: Infinity, showHidden: true, getters: true });
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain(Buffer.from(KEY).toString("base64"));
    expect(shown).not.toContain("jane");
    expect(shown).not.toContain(Buffer.from("jane").toString("hex"));
  });
});

describe("an attempt that is given up", () => {
  const reason = new Error("no longer wanted");

  it("rejects with the signal's reason before anything is sent", async () => {
    const server = await serve(() => undefined);
    await expect(connect(server).get("/", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests.length).toBe(0);
  });

  it("rejects while it connects, waits for the answer, or reads the body, and gives the connection up", async () => {
    const server = await serve((socket, head) => {
      if (head.includes("/body")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
    });
    const client = connect(server);
    for (const path of ["/connect", "/answer", "/body"]) {
      const controller = new AbortController();
      const before = server.requests.length;
      const attempt = client.get(path, { signal: controller.signal });
      const rejected = expect(attempt).rejects.toBe(reason);
      if (path !== "/connect") await server.received(before + 1);
      if (path === "/body") await new Promise((resolve) => setImmediate(resolve));
      controller.abort(reason);
      await rejected;
      if (path !== "/connect") await server.closed(path === "/answer" ? 1 : 2);
    }
  });

  it("leaves no listener on the signal", async () => {
    const server = await serve((socket) => socket.write(ok("{}")));
    const client = connect(server);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    for (let index = 0; index < 3; index++) await client.get("/", { signal });
    expect(listeners).toBe(0);
  });
});

describe("closing a client", () => {
  it("ends what is under way and what comes later", async () => {
    const server = await serve((socket, head) => {
      if (head.includes("/body")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
    });
    const client = connect(server, { maxConnections: 2 });
    const failures = ["/body", "/answer", "/waiting"].map((path) => failureOf(client.get(path)));
    await server.received(2);
    await client.close();
    for (const failure of failures) expect(await failure).toMatchObject({ reason: "closed" });
    expect(await failureOf(client.get("/"))).toMatchObject({ reason: "closed", requestSent: false });
    await server.closed(2);
  });

  it("may be done twice", async () => {
    const client = connect(await serve(() => undefined));
    await client.close();
    await client.close();
  });
});

async function serve(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  const server = await startRawServer(answer);
  opened.push(server);
  return server;
}

function connect(server: Pick<RawServer, "origin">, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({
    baseUrl: server.origin,
    headers: { authorization: `Bearer ${KEY}` },
    clock,
    ...options,
  });
  opened.push(client);
  return client;
}

/** What an attempt is rejected with; fails if it is not. */
async function failureOf(attempt: Promise<unknown>): Promise<TransportError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  throw new Error("the attempt did not fail");
}

function after(socket: Socket, text: string, then: "reset"): void {
  socket.write(text, () => setImmediate(() => (then === "reset" ? socket.resetAndDestroy() : socket.end())));
}
