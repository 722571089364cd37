import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { upsert } from "../../../src/testing/changes.js";
import { commitChanges, failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import { currentHolder, holderText } from "../../../src/warehouse/bigquery/holder.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace, type BigQueryPlace } from "../bigquery-places.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("the lease of a run that has died", () => {
  if (bigQuery === null) return;
  let place: BigQueryPlace;

  beforeEach(async () => {
    place = await newPlace(bigQuery, "leases");
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")]);
  });

  afterEach(() => place.remove());

  /** As a process leaves the row that ended without a word. */
  async function left(host: string, pid: number, secondsLeft: number): Promise<void> {
    const holder = holderText({ ...currentHolder(), host, pid }, "x");
    await place.select(`UPDATE ${place.tableName("leases")}
SET holder = '${holder}', run_id = 'run-dead', acquired_at = CURRENT_TIMESTAMP(),
  expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL ${secondsLeft} SECOND)
WHERE TRUE`);
  }

  /** No process has it: pids end below. */
  const NOBODY = 2 ** 22 + 1;

  it("elsewhere holds up the next run until it ends, and that run says until when", async () => {
    await left("another-machine", NOBODY, 60);
    await using warehouse = await place.open();
    const error = await failure("ALREADY_RUNNING", () => warehouse.beginLoad(THINGS, loadOptions()));
    expect(error.facts).toMatchObject({ run_id: "run-dead", host: "another-machine", pid: NOBODY });
    const until = String(error.facts["until"]);
    expect(error.hint).toContain(until);
    const waitMs = Date.parse(until) - Date.now();
    expect(waitMs).toBeLessThanOrEqual(60_000);

    // A minute, since the clock that says so is the Date of an answer: whole seconds, and late at a busy emulator.
    await left("another-machine", NOBODY, -60);
    expect(await commitChanges(warehouse, [upsert("b")])).toMatchObject({ inserted: 1 });
  });

  it("on this machine holds up nobody", async () => {
    await left(currentHolder().host, NOBODY, 60);
    await using warehouse = await place.open();
    expect(await commitChanges(warehouse, [upsert("b")])).toMatchObject({ inserted: 1 });
  });

  it("is a minute at most from when it was taken", async () => {
    await using warehouse = await place.open();
    await using _load = await warehouse.beginLoad(THINGS, loadOptions());
    const seconds = await place.select(
      `SELECT TIMESTAMP_DIFF(expires_at, acquired_at, SECOND) FROM ${place.tableName("leases")}`,
    );
    expect(seconds).toEqual([["60"]]);
  });
});
