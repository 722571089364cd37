import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createClock, type Fault, FAULT_KINDS, type Sandbox, startSandbox } from "../src/index.js";
import { type Answer, get, idsOf } from "./client.js";

const played = new Set<string>();

let sandbox: Sandbox;
let ids: string[];
/** What the sandbox slept, and how to wake it where it sleeps until then. */
let sleeps: { readonly ms: number; readonly wake: () => void }[];
let sleepsThrough: boolean;
beforeEach(async () => {
  sleeps = [];
  sleepsThrough = false;
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      sleeps.push({ ms, wake });
      signal?.addEventListener("abort", () => wake());
      if (!sleepsThrough) wake();
    });
  sandbox = await startSandbox({ clock: createClock({ now: () => 1_790_000_000_000, sleep }) });
  onTestFinished(() => sandbox.close());
  ids = [];
  for (let i = 0; i < 10; i++) {
    ids.unshift(sandbox.customers.create({ name: `Client ${i}` }).id);
    sandbox.clock.advance(10_000);
  }
});

/** Plays a fault once, on the next request. */
function next(fault: Fault): void {
  played.add(fault.kind);
  sandbox.faults.add({ fault, times: 1 });
}

const list = (query = "limit=3"): Promise<Answer> => get(sandbox, `/v1/customers?${query}`);
const shown = async (query?: string): Promise<string[]> => (await list(query)).json.data.map(({ id }) => id);
const allIsWell = async (): Promise<void> => expect(await shown("limit=3")).toEqual(ids.slice(0, 3));

describe("a fault in the answer's place", () => {
  it("429 names its reason and when to come back, or does not", async () => {
    next({ kind: "rate-limited", reason: "endpoint-rate", retryAfterS: 2 });
    const answer = await list();
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({ "stripe-rate-limited-reason": "endpoint-rate", "retry-after": "2" });
    expect(answer.json.error.code).toBe("rate_limit");
    next({ kind: "rate-limited" });
    const bare = await list();
    expect(bare.status).toBe(429);
    expect(bare.headers).not.toHaveProperty("stripe-rate-limited-reason");
    expect(bare.headers).not.toHaveProperty("retry-after");
    await allIsWell();
  });

  it("a lock is 409 or 429", async () => {
    next({ kind: "lock-timeout" });
    expect(await list()).toMatchObject({ status: 409, json: { error: { code: "lock_timeout" } } });
    next({ kind: "lock-timeout", status: 429 });
    expect(await list()).toMatchObject({ status: 429, json: { error: { code: "lock_timeout" } } });
  });

  it("a server error has Stripe's body, one without `error`, a web page, or none", async () => {
    for (const status of [500, 502, 503, 504] as const) {
      next({ kind: "server-error", status });
      expect(await list()).toMatchObject({ status, json: { error: { type: "api_error" } } });
    }
    next({ kind: "server-error", status: 503, body: "no-error" });
    const bare = await list();
    expect(bare.status).toBe(503);
    expect(bare.json).not.toHaveProperty("error");
    next({ kind: "server-error", status: 502, body: "html" });
    expect((await list()).headers["content-type"]).toBe("text/html");
    next({ kind: "server-error", body: "empty" });
    expect((await list()).text).toBe("");
  });

  it("a web page with status 200", async () => {
    next({ kind: "html" });
    const answer = await list();
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, "text/html"]);
    expect(() => answer.json).toThrow(SyntaxError);
  });
});

describe("a fault of the account", () => {
  it("a key revoked in the middle of a run", async () => {
    sandbox.faults.add({ match: { nth: 2 }, fault: { kind: "key-revoked" } });
    played.add("key-revoked");
    expect((await list()).status).toBe(200);
    expect((await list()).status).toBe(401);
    expect((await list()).status).toBe(401);
  });

  it("a permission removed in the middle of a run", async () => {
    const restricted = { url: sandbox.url, key: sandbox.addKey(["customer_read", "event_read"]) };
    expect((await get(restricted, "/v1/events")).status).toBe(200);
    next({ kind: "permission-removed" });
    expect((await get(restricted, "/v1/customers")).status).toBe(403);
    expect((await get(restricted, "/v1/events")).status).toBe(200);
    next({ kind: "permission-removed", permission: "event_read" });
    await get(restricted, "/v1/customers");
    expect((await get(restricted, "/v1/events")).status).toBe(403);
  });

  it("the page token's object is deleted while paging", async () => {
    sandbox.faults.add({ match: { query: "starting_after" }, fault: { kind: "cursor-deleted" }, times: 1 });
    played.add("cursor-deleted");
    const page = await shown();
    const refused = await list(`limit=3&starting_after=${page[2]}`);
    expect(refused).toMatchObject({
      status: 400,
      json: { error: { code: "resource_missing", param: "starting_after" } },
    });
    expect((await get(sandbox, `/v1/customers/${page[2]}`)).json["deleted"]).toBe(true);
    expect((await get(sandbox, "/v1/events?limit=1")).json.data[0]?.["type"]).toBe("customer.deleted");
    expect(await idsOf(sandbox, "/v1/customers")).toEqual(ids.filter((id) => id !== page[2]));
  });
});

describe("a fault of a page", () => {
  it("the page before comes again", async () => {
    const [first, second] = [await shown(), await shown(`limit=3&starting_after=${ids[2]}`)];
    next({ kind: "repeat-page" });
    expect(await shown(`limit=3&starting_after=${ids[2]}`)).toEqual(first);
    next({ kind: "repeat-page" });
    expect(await shown(`limit=3&starting_after=${ids[5]}`)).toEqual(second);
  });

  it("an object occurs twice", async () => {
    next({ kind: "duplicate-object" });
    expect(await shown()).toEqual([ids[0], ids[0], ids[1], ids[2]]);
  });

  it("has_more lies, either way", async () => {
    next({ kind: "has-more-lies" });
    expect((await list()).json.has_more).toBe(false);
    next({ kind: "has-more-lies" });
    expect((await list("limit=100")).json.has_more).toBe(true);
    next({ kind: "has-more-lies", value: false });
    expect((await list("limit=100")).json.has_more).toBe(false);
  });

  it("the order is wrong", async () => {
    next({ kind: "wrong-order" });
    expect(await shown()).toEqual([ids[2], ids[1], ids[0]]);
  });

  it("an object lies outside the window", async () => {
    const at = (age: number): number => 1_790_000_000 + (9 - age) * 10;
    next({ kind: "outside-window" });
    expect(await shown(`created[gte]=${at(2)}`)).toEqual(ids.slice(0, 4));
    next({ kind: "outside-window" });
    expect(await shown(`created[lt]=${at(6)}`)).toEqual(ids.slice(6));
  });

  it("an object is older than it was", async () => {
    sandbox.customers.update(ids[0] ?? "", { name: "Renamed" });
    next({ kind: "stale-read" });
    expect((await list()).json.data[0]).toMatchObject({ id: ids[0], name: "Client 9" });
    next({ kind: "stale-read" });
    expect((await get(sandbox, `/v1/customers/${ids[0]}`)).json["name"]).toBe("Client 9");
    expect((await list()).json.data[0]).toMatchObject({ name: "Renamed" });
  });

  it("data is no array, items are no objects, an id is no string", async () => {
    next({ kind: "data-not-array" });
    expect((await list()).json.data).not.toBeInstanceOf(Array);
    next({ kind: "data-not-array", value: "null" });
    expect((await list()).json.data).toBeNull();
    next({ kind: "items-not-objects" });
    expect((await list()).json.data).toEqual([0, 1, 2]);
    for (const layout of ["compact", "indented"] as const) {
      sandbox.settings.layout = layout;
      next({ kind: "id-not-string" });
      expect((await list()).json.data.map(({ id }) => typeof id)).toEqual(["number", "string", "string"]);
    }
  });
});

describe("a fault of the body", () => {
  it("ends early, with the framing right", async () => {
    next({ kind: "truncated" });
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(Number(answer.headers["content-length"])).toBe(answer.text.length);
    expect(() => answer.json).toThrow(SyntaxError);
  });

  it("is empty", async () => {
    next({ kind: "empty-body" });
    expect(await list()).toMatchObject({ status: 200, text: "" });
  });

  it("is of another type than it says", async () => {
    next({ kind: "wrong-content-type" });
    const answer = await list();
    expect(answer.headers["content-type"]).toBe("text/plain");
    expect(answer.json.data).toHaveLength(3);
  });

  it("is almost JSON", async () => {
    for (const form of ["nan", "trailing-comma", "comment", "single-quotes"] as const) {
      for (const layout of ["compact", "indented"] as const) {
        sandbox.settings.layout = layout;
        next({ kind: "near-json", form });
        const answer = await list();
        expect(() => answer.json, form).toThrow(SyntaxError);
        expect(answer.text.length).toBeGreaterThan(100);
      }
    }
  });
});

describe("a fault of the connection", () => {
  it("is reset before the body, at once, and amid the body", async () => {
    for (const after of ["headers", "request", 0.5] as const) {
      next({ kind: "reset", after });
      await expect(list(), String(after)).rejects.toMatchObject({ code: "ECONNRESET" });
    }
    await allIsWell();
  });

  it("stalls after the headers or amid the body, for a while or for good", async () => {
    for (const after of ["headers", 0.5] as const) {
      sleepsThrough = true;
      next({ kind: "stall", after });
      await expect(get(sandbox, "/v1/customers", {}, 100)).rejects.toThrow("no answer in time");
      sleepsThrough = false;
      next({ kind: "stall", after, forMs: 7000 });
      expect((await list()).json.data).toHaveLength(3);
      expect(sleeps.at(-1)?.ms).toBe(7000);
    }
  });

  it("trickles", async () => {
    next({ kind: "trickle", pieceBytes: 700, everyMs: 50 });
    const { text } = await list();
    expect(sleeps.map(({ ms }) => ms)).toEqual(Array.from({ length: Math.ceil(text.length / 700) }, () => 50));
  });

  it("is refused for a while", async () => {
    sleepsThrough = true;
    next({ kind: "refused", forMs: 9000 });
    await expect(list()).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect.poll(() => sleeps.map(({ ms }) => ms)).toEqual([9000]);
    await expect(list()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    for (const { wake } of sleeps) wake();
    const status = (): Promise<number> =>
      list()
        .then((answer) => answer.status)
        .catch(() => 0);
    await expect.poll(status).toBe(200);
  });

  it("is refused until the sandbox listens again", async () => {
    await sandbox.refuse();
    await expect(list()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await sandbox.listen();
    await allIsWell();
  });
});

describe("a rule", () => {
  it("matches a path, an endpoint, the start of paths, or a pattern", async () => {
    const hitBy = async (path: string | RegExp, asked: string): Promise<boolean> => {
      const rule = sandbox.faults.add({ match: { path }, fault: { kind: "html" } });
      await get(sandbox, asked);
      rule.remove();
      return rule.hits === 1;
    };
    expect(await hitBy("/v1/customers", "/v1/customers?limit=1")).toBe(true);
    expect(await hitBy("/v1/customers", "/v1/customers/cus_1")).toBe(false);
    expect(await hitBy("/v1/customers/{id}", "/v1/customers/cus_1")).toBe(true);
    expect(await hitBy("/v1/customers/cus_2", "/v1/customers/cus_1")).toBe(false);
    expect(await hitBy("/v1/cust*", "/v1/customers/cus_1")).toBe(true);
    expect(await hitBy(/invoices$/, "/v1/invoices")).toBe(true);
  });

  it("plays on the nth request, so many times, or by chance with a seed", async () => {
    const statuses = async (count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await list()).status);
      return found;
    };
    const fault = { kind: "lock-timeout" } as const;
    sandbox.faults.add({ match: { nth: [2, 3] }, fault });
    expect(await statuses(5)).toEqual([200, 409, 409, 200, 200]);
    sandbox.faults.clear();
    const twice = sandbox.faults.add({ fault, times: 2 });
    expect(await statuses(4)).toEqual([409, 409, 200, 200]);
    expect(twice.hits).toBe(2);
    sandbox.faults.clear();
    const draws: number[][] = [];
    for (const seed of [5, 5, 6]) {
      sandbox.faults.clear();
      sandbox.faults.add({ match: { probability: 0.5, seed }, fault });
      draws.push(await statuses(16));
    }
    expect(draws[1]).toEqual(draws[0]);
    expect(draws[2]).not.toEqual(draws[0]);
    expect(new Set(draws.flat())).toEqual(new Set([200, 409]));
  });

  it("is noted with the request", async () => {
    next({ kind: "truncated" });
    await list();
    expect([...sandbox.requests].at(-1)).toMatchObject({ fault: "truncated", status: 200 });
  });
});

// The tests above are in this file and in order, so that each of them has run by now.
afterAll(() => {
  expect(FAULT_KINDS.filter((kind) => !played.has(kind))).toEqual([]);
});
