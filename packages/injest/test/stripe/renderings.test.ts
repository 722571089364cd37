import { mensio } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { collect } from "../../src/testing/stream-context.js";
import { expectTruth, runInto, startRig, streamOf } from "./rig.js";

describe("an object that Stripe writes differently each time", () => {
  it("has the same hash from a list and read singly, with other indentation and other signed links", async () => {
    const rig = await startRig({ scenario: mensio() });
    rig.sandbox.settings.layout = "indented";
    rig.sandbox.settings.volatile = true;
    const mirror = new Mirror();
    const stream = streamOf(rig.open(), "invoices");
    await runInto(rig, mirror, stream);
    const ids = [...mirror.rows.keys()].filter((_, index) => index % 3 === 0);
    const cut = ids.filter((id) => mirror.rows.get(id)?.listedHash !== null);
    expect(cut.length).toBeGreaterThan(3);
    const changes = await rig.clock.run(collect<Change<unknown>>(stream.retrieve(ids)));
    expect(changes).toHaveLength(ids.length);
    let texts = 0;
    for (const change of changes) {
      if (change.op === "delete") throw new Error(`${change.id} is gone`);
      const row = mirror.rows.get(change.id);
      expect(change.record.contentHash).toBe(row?.contentHash);
      expect(change.listedHash ?? null).toBe(row?.listedHash);
      if (change.record.json !== row?.json) texts += 1;
    }
    // They did differ.
    expect(texts).toBe(ids.length);
  });
});

describe("large objects", () => {
  const large = (id: string, created: number, sizeBytes: number): string =>
    JSON.stringify({ id, object: "customer", created, metadata: { note: "x".repeat(sizeBytes) } });

  it("of ten megabytes come as they are, beside small ones", { timeout: 60_000 }, async () => {
    const rig = await startRig();
    const now = Math.floor(rig.clock.now() / 1000);
    for (let index = 0; index < 130; index += 1) {
      const id = `cus_${String(index).padStart(3, "0")}`;
      rig.sandbox.put("customer", large(id, now - 86_400 - index * 60, index % 40 === 20 ? 10_000_000 : 100));
    }
    const mirror = new Mirror();
    await runInto(rig, mirror, streamOf(rig.open(), "customers"));
    expectTruth(rig, mirror, "customer");
    expect(mirror.rows.size).toBe(130);
  });
});
