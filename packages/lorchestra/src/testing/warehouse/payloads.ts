import assert from "node:assert/strict";
import { ODD_PAYLOADS, tenMegabytes, type OddPayloadName } from "../odd-payloads.js";
import { at, upsert } from "../changes.js";
import type { WarehousePlace } from "../warehouse-harness.js";
import {
  assertSameRows,
  commitChanges,
  counts,
  readTable,
  THINGS,
  type WarehouseContext,
  asText,
} from "../warehouse-context.js";

export function testPayloads({ harness, test }: WarehouseContext): void {
  for (const [name, json] of Object.entries(ODD_PAYLOADS)) {
    test(`keeps ${name}, or says why not`, (place) => keepsOrQuarantines(place, name as OddPayloadName, json));
  }

  test("keeps an object of 10 MB, or says why not", (place) => keepsOrQuarantines(place, "10 MB", tenMegabytes()));

  test("goes on with all other objects of a commit", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const odd = Object.entries(ODD_PAYLOADS).map(([name, json]) => upsert(name, { json }));
    const plain = Array.from({ length: 20 }, (_, index) => upsert(`plain_${index}`));
    const result = await commitChanges(warehouse, [...plain.slice(0, 10), ...odd, ...plain.slice(10)]);
    assert.equal(result.staged, odd.length + plain.length);
    assert.equal(result.inserted + result.quarantined, result.staged);
    assert.ok(result.quarantined <= (harness.mayQuarantine ?? []).length);
    assert.equal(await warehouse.countLive(THINGS), result.inserted);
  });

  async function keepsOrQuarantines(place: WarehousePlace, name: OddPayloadName, json: string): Promise<void> {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const change = upsert("odd", { json, readAt: at(10) });
    const result = await commitChanges(warehouse, [change]);
    const quarantine = await readTable(warehouse, place, "quarantine");
    const rows = await readTable(warehouse, place, "raw_objects");
    if (result.quarantined === 1) {
      assert.ok((harness.mayQuarantine ?? []).includes(name), `${name} must not be quarantined`);
      assert.deepEqual(result, counts({ staged: 1, quarantined: 1 }));
      assert.deepEqual(rows, []);
      assert.deepEqual(
        quarantine.map((row) => [row["idem_key"], row["run_id"], row["raw"]]),
        [["stripe:stripe-acme:thing:odd", "run-1", json]],
      );
      const [refused] = await warehouse.readQuarantined([
        "stripe:stripe-acme:thing:odd",
        "stripe:stripe-acme:thing:other",
      ]);
      assert.deepEqual([refused?.idemKey, refused?.raw], ["stripe:stripe-acme:thing:odd", json]);
      assert.equal(refused?.reason, asText(quarantine[0]?.["reason"]));
      assert.ok(refused !== undefined && refused.reason.length > 0);
      return;
    }
    assert.deepEqual(result, counts({ staged: 1, inserted: 1 }));
    assert.deepEqual(quarantine, []);
    assert.deepEqual(await warehouse.readQuarantined(["stripe:stripe-acme:thing:odd"]), []);
    assertSameRows(harness, rows, [{ ...rows[0], payload: json }]);
    const [row] = await warehouse.readRows(THINGS, ["odd"], { payload: true });
    assertSameRows(harness, [{ payload: row?.payload ?? null }], [{ payload: json }]);
    const again = await commitChanges(warehouse, [upsert("odd", { json, readAt: at(20) })]);
    assert.deepEqual(again, counts({ staged: 1, unchanged: 1 }));
  }
}
