import assert from "node:assert/strict";
import type { Change } from "injest";
import type { LoadResult, StreamScope, Warehouse } from "../../warehouse/warehouse.js";
import { at, CREATED, remove, upsert } from "../changes.js";
import { createRandom, type Random } from "../random.js";
import { createRawObjectsModel, type RawObjectsModel } from "../raw-objects-model.js";
import {
  assertSameRows,
  loadOptions,
  readTable,
  SCHEMA_REF,
  THINGS,
  type WarehouseContext,
} from "../warehouse-context.js";

const SCOPES: readonly [StreamScope, StreamScope] = [THINGS, { ...THINGS, stream: "gadgets", objectType: "gadget" }];

/**
 * Random commits of random changes of a few ids, so that inserts, updates, equals, stale reads, deletions and revivals
 * meet in every way, compared after each commit with the model.
 */
export function testHistories({ harness, test }: WarehouseContext): void {
  const seed = harness.seed ?? Date.now() % 1_000_000;
  const histories = harness.histories ?? 20;

  test(`leaves the rows and counts that the contract says (${histories} histories, seed ${seed})`, async (place) => {
    await using warehouse = await place.open();
    await warehouse.prepare();
    const model = createRawObjectsModel();
    for (let history = 0; history < histories; history += 1) {
      // Ids differ between histories, so that each starts with rows that others left and none of its own.
      await playHistory(warehouse, model, createRandom(seed + history), history);
      const rows = await readTable(warehouse, place, "raw_objects");
      assertSameRows(harness, rows, model.rows());
    }
  });
}

async function playHistory(
  warehouse: Warehouse,
  model: RawObjectsModel,
  random: Random,
  history: number,
): Promise<void> {
  const scope = random.pick(SCOPES);
  const runId = `run-${history}`;
  await using load = await warehouse.beginLoad(scope, loadOptions(scope, runId));
  for (let commit = 0; commit < 4; commit += 1) {
    const staged: Change<unknown>[] = [];
    for (let append = random.integer(3); append >= 0; append -= 1) {
      const changes = Array.from({ length: random.integer(12) }, () => randomChange(random, history, commit));
      await load.append(changes);
      staged.push(...changes);
    }
    const options = { force: random.chance(0.2) };
    const result = await load.commit(random.chance(0.5) ? { cursor: commit, runId } : null, options);
    assertSumLaw(result);
    assert.deepEqual(
      result,
      model.commit(scope, runId, SCHEMA_REF, staged, options),
      `history ${history}, commit ${commit}`,
    );
  }
}

function randomChange(random: Random, history: number, commit: number): Change<unknown> {
  const number = random.integer(10);
  const id = `thing_${random.chance(0.3) ? "shared" : history}_${number}`;
  const readAt = at(commit * 5 + random.integer(12));
  if (random.chance(0.3)) return remove(id, readAt);
  // An object's `created` never changes, so it follows from the id; every fifth object has none.
  const created = number % 5 === 0 ? null : CREATED + number * 1000;
  return upsert(id, { readAt, created, value: random.integer(3), requestId: random.chance(0.5) ? "req_x" : null });
}

function assertSumLaw(result: LoadResult): void {
  const { staged, ...parts } = result;
  assert.equal(
    staged,
    Object.values(parts).reduce((sum, part) => sum + part, 0),
    "staged is the sum of all other counts",
  );
}
