import { beforeEach, describe, expect, it, vi } from "vitest";
import { failure } from "../../../src/testing/warehouse-context.js";
import type { TableResource } from "../../../src/warehouse/bigquery/api/resources.js";
import { testBigQuery } from "../bigquery-emulator.js";
import type { BigQueryPlace } from "../bigquery-places.js";
import type { Answer, FaultProxy, SeenRequest } from "./fault-proxy.js";
import { eachProxiedPlace } from "./proxied-place.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();
const origin = bigQuery?.origin ?? null;

const SIXTY_DAYS_MS = 60 * 86_400_000;

/** A table as it is in a dataset whose tables and partitions expire after 60 days; the emulator knows of no such defaults. */
function expiring(answer: Answer, { isPartitioned }: { isPartitioned: boolean }): Answer {
  const table = JSON.parse(answer.body) as TableResource;
  const expirationMs = String(SIXTY_DAYS_MS);
  const extra = isPartitioned
    ? { timePartitioning: { type: "MONTH", field: "object_created", ...table.timePartitioning, expirationMs } }
    : { expirationTime: String(Date.UTC(2030, 0, 1)) };
  return { ...answer, body: JSON.stringify({ ...table, ...extra }) };
}

describe.skipIf(bigQuery === null || origin === null)("a dataset whose tables expire", () => {
  if (bigQuery === null || origin === null) return;
  const proxied = eachProxiedPlace(bigQuery, origin, "expiry");
  let proxy: FaultProxy;
  let place: BigQueryPlace;
  beforeEach(() => {
    ({ proxy, place } = proxied());
  });

  const makesTable = ({ method, path }: SeenRequest): boolean => method === "POST" && path.endsWith("/tables");
  const isTable = ({ path }: SeenRequest, name: string): boolean => path.endsWith(`/tables/${name}`);
  const inDataset = (seen: SeenRequest, forward: () => Promise<Answer>): Promise<Answer> | undefined =>
    makesTable(seen)
      ? forward().then((answer) => expiring(answer, { isPartitioned: seen.text.includes("timePartitioning") }))
      : undefined;

  it("loses no row that lorchestra has written: what it makes there is kept for ever, but for the event log's days", async () => {
    proxy.faults = [async (seen, forward) => inDataset(seen, forward)];
    await using warehouse = await place.open();
    await warehouse.prepare();
    const patches = proxy.seen.filter(({ method }) => method === "PATCH");
    const sent = Object.fromEntries(
      patches.map(({ path, text }) => [path.split("/").at(-1), JSON.parse(text) as unknown]),
    );
    const none = { expirationTime: null };
    expect(sent).toEqual({
      raw_objects: {
        ...none,
        timePartitioning: { type: "MONTH", field: "object_created", expirationMs: null },
      },
      checkpoints: none,
      leases: none,
      quarantine: none,
    });
  });

  it("is refused where a table would go on expiring", async () => {
    proxy.faults = [
      async (seen, forward) => inDataset(seen, forward),
      async (seen, forward) =>
        seen.method === "PATCH"
          ? expiring(await forward(), { isPartitioned: isTable(seen, "raw_objects") })
          : undefined,
    ];
    await using warehouse = await place.open();
    await failure("WAREHOUSE_SCHEMA_CONFLICT", () => warehouse.prepare());
  });

  it.each([
    [true, "loses each partition by itself, 60 days after its rows were created", "partition_expiration_days = NULL"],
    [false, "is deleted by BigQuery at 2030-01-01T00:00:00.000Z", "expiration_timestamp = NULL"],
  ])(
    "is refused by runs and by `check` when raw_objects is there and expires (by partition: %s)",
    async (isPartitioned, what, remedy) => {
      await using warehouse = await place.open();
      await warehouse.prepare();
      expect(await warehouse.exists()).toBe(true);
      proxy.faults = [
        async (seen, forward) =>
          isTable(seen, "raw_objects") ? expiring(await forward(), { isPartitioned }) : undefined,
      ];
      await using reading = await place.open({ access: "read" });
      for (const refused of [() => warehouse.prepare(), () => reading.exists()]) {
        const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", refused);
        expect(error.message).toContain(`raw_objects ${what}`);
        expect(error.hint).toContain("ALTER TABLE");
        expect(error.hint).toContain(remedy);
      }
    },
  );
});
