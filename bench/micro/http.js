/**
 * Milliseconds of CPU for one page of 100 payment intents over HTTP, eight requests at a time.
 *
 * Each client runs in a process of its own, and so does the server: what one leaves on the heap slows down the next.
 * Run it after a build: `node bench/micro/http.js`
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { page, paymentIntent } from "./pages.js";

const PATH = "/v1/things?limit=100";
const HEADERS = { authorization: "Bearer sk_test_1", "stripe-version": "2026-10-28.endive" };
const WARM_UP = 3000;
const REQUESTS = 12_000;
const ROUNDS = 3;

const CLIENTS = {
  createHttpClient: async (origin) => {
    const client = await ourClient(origin);
    return () => client.get(PATH);
  },
  "createHttpClient, with a signal": async (origin) => {
    const client = await ourClient(origin);
    const { signal } = new AbortController();
    return () => client.get(PATH, { signal });
  },
  "undici dispatch that collects chunks, without a deadline": (origin) => {
    const pool = new Pool(origin, { connections: 8 });
    return () => dispatched(pool, { origin, path: PATH, method: "GET", headers: HEADERS });
  },
  "undici request, arrayBuffer": (origin) => {
    const pool = new Pool(origin, { connections: 8 });
    return async () => (await pool.request({ path: PATH, method: "GET", headers: HEADERS })).body.arrayBuffer();
  },
  "node:http": (origin) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    return () => viaNode(origin + PATH, { agent, headers: HEADERS });
  },
  fetch: (origin) => async () => (await fetch(origin + PATH, { headers: HEADERS })).arrayBuffer(),
};

const [role, origin] = process.argv.slice(2);
if (role === "serve") serve();
else if (role === undefined) await measureAll();
else process.send(await cpuMsPerResponse(await CLIENTS[role](origin)), () => process.exit());

async function measureAll() {
  const self = fileURLToPath(import.meta.url);
  const server = fork(self, ["serve"]);
  const [address] = await once(server, "message");
  for (const name of Object.keys(CLIENTS)) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push((await once(fork(self, [name, address]), "message"))[0]);
    console.log(`${name.padEnd(60)} ${Math.min(...rounds).toFixed(3)} ms`);
  }
  server.disconnect();
}

function serve() {
  const body = page(paymentIntent);
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
      "request-id": "req_1",
    });
    response.end(body);
  });
  server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}`));
  process.on("disconnect", () => process.exit());
}

async function cpuMsPerResponse(request) {
  const run = async (count) => {
    let left = count;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (left-- > 0) await request();
      }),
    );
  };
  await run(WARM_UP);
  const before = process.cpuUsage();
  await run(REQUESTS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / REQUESTS;
}

async function ourClient(baseUrl) {
  const dist = new URL("../../packages/injest/dist/", import.meta.url);
  const { createHttpClient } = await import(new URL("http/http-client.js", dist).href);
  const { systemClock } = await import(new URL("clock.js", dist).href);
  return createHttpClient({ baseUrl, headers: HEADERS, clock: systemClock, maxConnections: 8 });
}

function dispatched(pool, options) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    pool.dispatch(options, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve(Buffer.concat(chunks)),
      onResponseError: (_controller, error) => reject(new Error("no response", { cause: error })),
    });
  });
}

function viaNode(url, options) {
  return new Promise((resolve, reject) => {
    get(url, options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => void chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    }).on("error", reject);
  });
}
