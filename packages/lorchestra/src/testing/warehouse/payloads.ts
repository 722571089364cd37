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
  const odd = Object.entries(ODD_PAYLOADS) as [OddPayloadName, string][];

  test("keeps each odd payload, or says why not, in one commit", (place) => keepOrQuarantine(place, new Map(odd)));

  for (const [name, json] of odd) {
    if (!harness.mayQuarantine?.includes(name)) continue;
    test(`keeps ${name}, or says why not, where a commit has nothing else`, (place) =>
      keepOrQuarantine(place, new Map([[name, json]])));
  }

  test("keeps an object of 10 MB, or says why not", (place) =>
    keepOrQuarantine(place, new Map([["10 MB", tenMegabytes()]])));

  test("goes on with all other objects of a commit", async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const changes = odd.map(([name, json]) => upsert(name, { json }));
    const plain = Array.from({ length: 20 }, (_, index) => upsert(`plain_${index}`));
    const result = await commitChanges(warehouse, [...plain.slice(0, 10), ...changes, ...plain.slice(10)]);
    assert.equal(result.staged, changes.length + plain.length);
    assert.equal(result.inserted + result.quarantined, result.staged);
    assert.ok(result.quarantined <= (harness.mayQuarantine ?? []).length);
    assert.equal(await warehouse.countLive(THINGS), result.inserted);
  });

  /** Commits the payloads twice, and looks at each: it is a row as it came, or stands in the quarantine with a reason. */
  async function keepOrQuarantine(place: WarehousePlace, payloads: ReadonlyMap<OddPayloadName, string>): Promise<void> {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const names = [...payloads.keys()];
    const changesReadAt = (minutes: number) =>
      names.map((name) => upsert(name, { json: payloads.get(name) ?? "", readAt: at(minutes) }));
    const first = await commitChanges(warehouse, changesReadAt(10));
    const rows = await readTable(warehouse, place, "raw_objects");
    const quarantine = await readTable(warehouse, place, "quarantine");
    const refused = await warehouse.readQuarantined([...names.map(keyOf), keyOf("another")]);
    const kept = new Map(
      (await warehouse.readRows(THINGS, names, { payload: true })).map((row) => [row.externalId, row]),
    );

    for (const name of names) {
      const json = payloads.get(name) ?? "";
      const own = rows.filter((row) => row["idem_key"] === keyOf(name));
      const ownRefused = quarantine.filter((row) => row["idem_key"] === keyOf(name));
      assert.equal(warehouse.canHold(upsert(name, { json }).record), own.length === 1, name);
      const told = refused.filter(({ idemKey }) => idemKey === keyOf(name));
      if (own.length === 1) {
        assertSameRows(harness, own, [{ ...own[0], payload: json }]);
        assertSameRows(harness, [{ payload: kept.get(name)?.payload ?? null }], [{ payload: json }]);
        assert.deepEqual([ownRefused, told], [[], []], name);
      } else {
        assert.ok((harness.mayQuarantine ?? []).includes(name), `${name} must not be quarantined`);
        assert.deepEqual([own, ownRefused.map((row) => [row["run_id"], row["raw"]])], [[], [["run-1", json]]], name);
        assert.deepEqual(
          told.map(({ raw, reason }) => [raw, reason]),
          [[json, asText(ownRefused[0]?.["reason"])]],
        );
        assert.ok(told[0] !== undefined && told[0].reason.length > 0, name);
      }
    }
    const [staged, inserted] = [names.length, rows.length];
    assert.deepEqual(first, counts({ staged, inserted, quarantined: staged - inserted }));
    assert.deepEqual([quarantine.length, refused.length], [staged - inserted, staged - inserted]);
    const again = await commitChanges(warehouse, changesReadAt(20));
    assert.deepEqual(again, counts({ staged, unchanged: inserted, quarantined: staged - inserted }));
  }
}

function keyOf(id: string): string {
  return `stripe:stripe-acme:thing:${id}`;
}
