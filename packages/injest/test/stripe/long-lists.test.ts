import { expect, it } from "vitest";
import type { Batch } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

interface Invoice {
  readonly id: string;
  readonly created: number;
  readonly lines: { readonly data: readonly object[] };
}

/** An account of invoices with so many lines each, a minute apart; each line beyond the tenth has a note of so many bytes. */
async function invoicesWith(count: number, lines: number, noteBytes: number, latency = 300): Promise<Rig> {
  const rig = await startRig({ latency, rateLimits: "stripe" });
  const { id } = rig.sandbox.invoices.create({}, lines);
  const [{ json } = { json: "" }] = rig.sandbox.truth("invoice");
  const first = JSON.parse(json) as Invoice;
  const note = "n".repeat(noteBytes);
  const data = first.lines.data.map((line, place) => (place < 10 ? line : { ...line, metadata: { note } }));
  for (let index = 0; index < count; index += 1) {
    const invoice = { ...first, created: first.created + 60 * index, lines: { ...first.lines, data } };
    rig.sandbox.put("invoice", JSON.stringify({ ...invoice, id: index === 0 ? id : `in_${index}` }));
  }
  rig.clock.advance(86_400_000);
  return rig;
}

function requestsForLines(rig: Rig): number {
  return rig.sandbox.requests.endpoints["GET /v1/invoices/{id}/lines"]?.requests ?? 0;
}

/** Takes the first batch of a first load, and nothing more. */
async function firstBatchOf(rig: Rig): Promise<Batch<unknown>> {
  const { value } = await rig.clock.run(streamOf(rig.open(), "invoices").read()[Symbol.asyncIterator]().next());
  return value as Batch<unknown>;
}

it("invoices with long lists come one after the other, not all at the end: a list that is begun is read on before others are", async () => {
  const rig = await invoicesWith(40, 110, 1_000);
  const { changes } = await firstBatchOf(rig);
  expect(changes.length).toBeGreaterThan(0);
  // Two requests make one whole, and what half a second has let go is under way.
  expect(requestsForLines(rig)).toBeLessThan(2 * changes.length + 25);
});

it("of long lists no more is read ahead than may wait in memory, however many there are and however late they are taken", async () => {
  const rig = await invoicesWith(60, 20, 100_000, 50);
  await firstBatchOf(rig);
  await rig.clock.run(rig.clock.sleep(60_000));
  // 1 MB and one request each: 16 MB of what is not handed on, and 8 MB of what nobody has taken.
  expect(requestsForLines(rig)).toBeGreaterThan(16);
  expect(requestsForLines(rig)).toBeLessThan(35);
});

it("of long lists that do not fit into memory together the first is read on until it is whole, and so all of them", async () => {
  // Three pages each, of 0.9 MB together: forty of them begin before one has ended, and what is whole waits for others.
  const rig = await invoicesWith(60, 250, 3_400, 2_000);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  expect(requestsForLines(rig)).toBe(180);
  expectTruth(rig, mirror, "invoice");
});

it("long lists take no longer than the limit of their endpoint lets them", async () => {
  const rig = await invoicesWith(60, 110, 0);
  const startedMs = rig.clock.monotonicMs();
  await runInto(rig, new Mirror(), streamOf(rig.open(), "invoices"));
  expect(requestsForLines(rig)).toBe(120);
  // 120 requests at 25 a second, and some latencies: the first page, the first list, and what follows the listing.
  expect(rig.clock.monotonicMs() - startedMs).toBeLessThan(120 * 40 + 5 * 300);
});

it("a page of which a part was stored is open until all of it is: an interrupted load goes on, and misses nothing", async () => {
  const rig = await invoicesWith(24, 110, 1_000);
  const mirror = new Mirror();
  const stop = new AbortController();
  let requests = 0;
  const interrupted = runInto(rig, mirror, streamOf(rig.open(), "invoices"), {
    signal: stop.signal,
    observe: (event) => {
      if (event.type !== "request" || event.endpoint !== "/v1/invoices/:id/lines") return;
      requests += 1;
      if (requests === 30) stop.abort();
    },
  });
  await expect(interrupted).rejects.toThrow();
  expect(mirror.rows.size).toBeGreaterThan(0);
  expect(mirror.rows.size).toBeLessThan(24);
  expect(mirror.cursor).toMatchObject({ open: [[null, null]], counted: 0 });
  await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  expectTruth(rig, mirror, "invoice");
  expect(mirror.cursor).toMatchObject({ open: [], objects: 24 });
});

it("a page with parts leaves the cursor with the last of them: a load that is killed later does not begin there again", async () => {
  const rig = await invoicesWith(24, 110, 1_000);
  const cursors: unknown[] = [];
  const reading = (async () => {
    for await (const { cursor } of streamOf(rig.open(), "invoices").read()) cursors.push(cursor);
  })();
  await rig.clock.run(reading);
  const places = cursors.map((cursor) => (cursor as { readonly open: readonly unknown[] }).open.length);
  expect(places.slice(0, -2)).toEqual(places.slice(0, -2).map(() => 1));
  expect(places.length).toBeGreaterThan(4);
  // The last part, and the end of the listing.
  expect(places.slice(-2)).toEqual([0, 0]);
});

it("what came in an earlier part of a page is not asked for as missing", async () => {
  const rig = await invoicesWith(12, 110, 1_000);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  mirror.cursor = undefined;
  const { missed, upserts } = await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  expect(missed).toEqual([]);
  expect([...upserts.values()]).toEqual(Array.from({ length: 12 }, () => 1));
});
