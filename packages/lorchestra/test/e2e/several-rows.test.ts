import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { StreamVerification, VerifyReport } from "../../src/runs/verify-report.js";
import { testBigQuery } from "../warehouse/bigquery-emulator.js";
import { type BigQueryPlace, newPlace } from "../warehouse/bigquery-places.js";
import { createRig, type Rig } from "./rig.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const JOB = "stripe_ingest_refunds";
const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("several rows of one object in BigQuery", () => {
  if (bigQuery === null) return;
  let place: BigQueryPlace;
  let rig: Rig;
  let rawObjects: string;
  let row: string;

  beforeAll(async () => {
    place = await newPlace(bigQuery, "several_rows");
    const { address, datasetId: dataset, remove } = place;
    const { environment: env } = bigQuery;
    rig = await createRig({ name: "bigquery", place: async () => ({ address: address.url, dataset, env, remove }) });
    expect((await rig.run("run", JOB)).code).toBe(0);
    rawObjects = `\`${place.tableName("raw_objects")}\``;
    const [[id] = []] = await place.select(`SELECT MIN(external_id) FROM ${rawObjects}`);
    row = `FROM ${rawObjects} WHERE external_id = '${id}'`;
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  beforeEach(async () => {
    expect(await place.select(`SELECT COUNT(*) ${row}`)).toEqual([["1"]]);
  });

  /** Adds a copy of the row in which this is another. */
  const add = (another: string): Promise<unknown> =>
    place.execute(`INSERT INTO ${rawObjects} SELECT * REPLACE (${another}) ${row}`);

  async function verify(...flags: string[]): Promise<{ code: number | null; stream: StreamVerification | undefined }> {
    const { code, document } = await rig.document("verify", JOB, ...flags);
    return { code, stream: (document as VerifyReport).jobs[0] };
  }

  it("are doubled where one of one key differs, and a repair leaves the right one", async () => {
    await add(`JSON '{"amount":1}' AS payload, 'other' AS payload_hash`);
    const found = { standings: { doubled: 1, stale: 0 }, findings: [{ standing: "doubled" }] };
    expect(await verify()).toMatchObject({ code: 7, stream: found });
    expect(await verify("--repair")).toMatchObject({
      code: 0,
      stream: { ...found, repair: { repaired: 1, remaining: 0 } },
    });
    expect(await verify()).toMatchObject({ code: 0, stream: { status: "equal" } });
  });

  it.each([
    ["another date of creation", "TIMESTAMP '2001-01-01' AS object_created", "object_created = TIMESTAMP '2001-01-01'"],
    ["no key", "CAST(NULL AS STRING) AS idem_key", "idem_key IS NULL"],
  ])(
    "are doubled where one has %s, until somebody deletes it: a repair says that it remains",
    async (_, odd, isOdd) => {
      await add(odd);
      expect(await verify()).toMatchObject({ code: 7, stream: { standings: { doubled: 1 } } });
      expect(await verify("--repair")).toMatchObject({ code: 7, stream: { repair: { repaired: 0, remaining: 1 } } });
      await place.execute(`DELETE FROM ${rawObjects} WHERE ${isOdd}`);
      expect(await verify()).toMatchObject({ code: 0, stream: { status: "equal" } });
    },
  );
});
