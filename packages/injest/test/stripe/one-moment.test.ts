import { describe, expect, it } from "vitest";
import { Mirror } from "../../src/testing/index.js";
import { change } from "./filled-account.js";
import { expectTruth, type MirrorOptions, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY_MS = 86_400_000;
const LINES = "/v1/invoices/:id/lines";

type Json = Readonly<Record<string, unknown>>;
interface Invoice extends Json {
  readonly lines: { readonly data: readonly Json[] };
}

type Rewriting = (data: readonly Json[]) => readonly Json[];

function invoiceOf(rig: Rig, id: string): Invoice {
  const found = [...rig.sandbox.truth("invoice")].find((one) => one.id === id);
  if (!found) throw new Error(`no invoice ${id}`);
  return JSON.parse(found.json) as Invoice;
}

/** Gives an invoice other lines, with the sums that follow from them. */
function rewrite(rig: Rig, id: string, lines: Rewriting): void {
  const invoice = invoiceOf(rig, id);
  const data = lines(invoice.lines.data);
  const subtotal = data.reduce((sum, line) => sum + Number(line["amount"]), 0);
  const fields = {
    lines: JSON.stringify({ ...invoice.lines, data, total_count: data.length }),
    subtotal: String(subtotal),
    metadata: JSON.stringify({ note: `rewritten ${(rewritten += 1)}` }),
  };
  rig.sandbox.putFields("invoice", id, fields, { event: "invoice.updated" });
}

let rewritten = 0;

/** What is told by what an invoice and its lines show of each other. */
const TOLD: Readonly<Record<string, Rewriting>> = {
  "has a line more": (data) => [...data, { ...data[0], id: "il_new" }],
  "has a line more, of no amount": (data) => [...data, { ...data[0], id: "il_new", amount: 0 }],
  "has a line fewer": (data) => data.slice(0, -1),
  "has a line less further up, and others besides": (data) => [...data.slice(1, 12), ...data.slice(14)],
  "has another amount in its last line": (data) => [...data.slice(0, -1), { ...data.at(-1), amount: 1 }],
  "has another line in the place of its last one": (data) => [
    ...data.slice(0, -1),
    { ...data[0], id: "il_new", amount: 1 },
  ],
  "has a discount in each line": (data) => data.map((line) => ({ ...line, discount_amounts: [{ amount: 1 }] })),
  "has a line that it did not show in the place of one that it did": (data) => [...data.slice(1), { ...data[0] }],
};

/** What nothing tells. */
const UNTOLD: typeof TOLD = {
  "has another text in its last line": (data) => [...data.slice(0, -1), { ...data.at(-1), description: "another" }],
};

/** Lets something happen as soon as lines are asked for. */
function whenLinesAreRead(happens: () => void): MirrorOptions {
  let isToCome = true;
  return {
    observe: (event) => {
      if (event.type !== "request" || event.endpoint !== LINES || !isToCome) return;
      isToCome = false;
      happens();
    },
  };
}

function storedOf(mirror: Mirror, id: string): Json {
  return withoutLinks(JSON.parse(mirror.rows.get(id)?.json ?? "") as Json);
}

/** Each answer has them anew. */
function withoutLinks(invoice: Json): Json {
  return { ...invoice, hosted_invoice_url: null, invoice_pdf: null };
}

function requestsFor(rig: Rig, path: string): number {
  return rig.sandbox.requests.endpoints[`GET ${path}`]?.requests ?? 0;
}

/** Reads an invoice that is changed while its lines are read; resolves to what it is then. */
async function readWhileItChanges(
  rig: Rig,
  mirror: Mirror,
  id: string,
  lines: Rewriting,
  when: string,
): Promise<Invoice> {
  rewrite(rig, id, (data) => data);
  // More than the sweep lists at a time, so that a later run reads it singly.
  rig.clock.advance(DAY_MS);
  for (let index = 0; index < 150; index += 1) rig.sandbox.invoices.create();
  if (when === "a later run") {
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    rig.clock.advance(DAY_MS);
    change(rig.sandbox, "invoices", id);
    rig.clock.advance(DAY_MS);
  }
  const before = invoiceOf(rig, id);
  const options = whenLinesAreRead(() => rewrite(rig, id, lines));
  await runInto(rig, mirror, streamOf(rig.open(), "invoices"), options);
  const after = invoiceOf(rig, id);
  expect(after).not.toEqual(before);
  return after;
}

const WHEN = ["the first load", "a later run"];

describe.each(Object.entries(TOLD))("an invoice that, while its lines are read, %s", (_, lines) => {
  it.each(WHEN)("is in its row as it was at one moment: %s", async (when) => {
    const rig = await startRig();
    const { id } = rig.sandbox.invoices.create({}, 25);
    rig.sandbox.invoices.finalize(id);
    const mirror = new Mirror();
    const after = await readWhileItChanges(rig, mirror, id, lines, when);
    expect(storedOf(mirror, id)).toEqual(withoutLinks(after));
  });
});

describe.each(Object.entries(UNTOLD))("an invoice that, while its lines are read, %s", (_, lines) => {
  it.each(WHEN)("is so in its row after the next run: %s", async (when) => {
    const rig = await startRig();
    const { id } = rig.sandbox.invoices.create({}, 25);
    rig.sandbox.invoices.finalize(id);
    const mirror = new Mirror();
    const after = await readWhileItChanges(rig, mirror, id, lines, when);
    rig.clock.advance(DAY_MS);
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(storedOf(mirror, id)).toEqual(withoutLinks(after));
  });
});

describe.each(Object.entries(TOLD))("a draft that, while its lines are read, %s", (_, lines) => {
  it.each(WHEN)("stays in its row as it was at one moment when it is deleted before another run: %s", async (when) => {
    const rig = await startRig();
    const { id } = rig.sandbox.invoices.create({}, 25);
    const mirror = new Mirror();
    const after = await readWhileItChanges(rig, mirror, id, lines, when);
    rig.clock.advance(60_000);
    rig.sandbox.invoices.delete(id);
    rig.clock.advance(DAY_MS);
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(mirror.rows.get(id)?.isDeleted).toBe(true);
    expect(storedOf(mirror, id)).toEqual(withoutLinks(after));
  });
});

describe("an invoice with more lines than it shows", () => {
  it("costs the requests for its lines and no other where nothing changes meanwhile", async () => {
    const rig = await startRig();
    for (const lines of [11, 25, 99]) rig.sandbox.invoices.finalize(rig.sandbox.invoices.create({}, lines).id);
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(requestsFor(rig, "/v1/invoices/{id}/lines")).toBe(3);
    expect(requestsFor(rig, "/v1/invoices/{id}")).toBe(0);
    expectTruth(rig, mirror, "invoice");
  });

  it("of whose sum its lines do not tell is asked for once more, for all others of the kind, and each is right", async () => {
    // All of them wait for the one answer that tells.
    const rig = await startRig({ latency: 300 });
    for (let index = 0; index < 12; index += 1) {
      const { id } = rig.sandbox.invoices.create({}, 25);
      // With a link that each answer has anew.
      rig.sandbox.invoices.finalize(id);
      rig.sandbox.putFields("invoice", id, { subtotal: "7" });
    }
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(requestsFor(rig, "/v1/invoices/{id}/lines")).toBe(12);
    expect(requestsFor(rig, "/v1/invoices/{id}")).toBe(1);
    expectTruth(rig, mirror, "invoice");
  });

  it("that has ten or fewer by then is what it is then", async () => {
    const rig = await startRig();
    const { id } = rig.sandbox.invoices.create({}, 12);
    const mirror = new Mirror();
    const shrinking = whenLinesAreRead(() => rewrite(rig, id, (data) => data.slice(0, 4)));
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"), shrinking);
    expectTruth(rig, mirror, "invoice");
  });

  it("that is deleted while they are read is no row", async () => {
    const rig = await startRig();
    const { id } = rig.sandbox.invoices.create({}, 12);
    const mirror = new Mirror();
    const deleting = whenLinesAreRead(() => rig.sandbox.invoices.delete(id));
    const { deletes } = await runInto(rig, mirror, streamOf(rig.open(), "invoices"), deleting);
    expect(deletes).toEqual([id]);
    expect(mirror.rows.size).toBe(0);
  });

  it("has all of them although a full page of them says that it is the last", async () => {
    const rig = await startRig();
    rig.sandbox.invoices.create({}, 150);
    const rule = rig.sandbox.faults.add({
      match: { path: "/v1/invoices/{id}/lines", nth: 1 },
      fault: { kind: "has-more-lies" },
    });
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
    expect(rule.hits).toBe(1);
    expectTruth(rig, mirror, "invoice");
  });

  it.each(["repeat-page", "duplicate-object"] as const)(
    "has each of them once although a page of them is wrong: %s",
    async (kind) => {
      const rig = await startRig();
      rig.sandbox.invoices.create({}, 150);
      const rule = rig.sandbox.faults.add({
        match: { path: "/v1/invoices/{id}/lines", query: "starting_after", nth: 1 },
        fault: { kind },
      });
      const mirror = new Mirror();
      await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
      expect(rule.hits).toBe(1);
      expectTruth(rig, mirror, "invoice");
    },
  );
});
