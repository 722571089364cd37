import { randomBytes } from "node:crypto";
import { testOpenOptions, type WarehousePlace } from "../../src/testing/index.js";
import type { OpenOptions, Warehouse } from "../../src/warehouse/warehouse.js";
import type { WarehouseAddress } from "../../src/warehouse/warehouse-kind.js";
import { createApi, type Api } from "../../src/warehouse/bigquery/api/api.js";
import { parseAddress } from "../../src/warehouse/bigquery/address.js";
import { createJobs, type Jobs } from "../../src/warehouse/bigquery/api/jobs.js";
import { openBigQuery, type Timing } from "../../src/warehouse/bigquery/open.js";
import type { Pace } from "../../src/warehouse/bigquery/api/pace.js";
import { REAL_PACE } from "../../src/warehouse/bigquery/api/pace.js";
import { createStatements, jobId } from "../../src/warehouse/bigquery/api/statements.js";
import { openTransport } from "../../src/warehouse/bigquery/api/transport.js";
import { createUsageMeter } from "../../src/warehouse/bigquery/api/usage.js";
import type { TestBigQuery } from "./bigquery-emulator.js";

/** A dataset for one test, and ways to look at it that are not the warehouse's. */
export interface BigQueryPlace extends WarehousePlace {
  readonly datasetId: string;
  readonly address: WarehouseAddress;
  open(options?: Partial<OpenOptions>, timing?: Timing): Promise<Warehouse>;
  /** The same place, reached through another origin: a proxy. */
  through(origin: string): BigQueryPlace;
  /** Makes the dataset, without any table. */
  createDataset(): Promise<void>;
  /** Rows of a query, cells as text. */
  select(sql: string): Promise<(string | null)[][]>;
  /** Ids of all tables. */
  tables(): Promise<string[]>;
  readonly api: Api;
}

/**
 * Retries as in life, but without their waits: time passes when somebody sleeps.
 *
 * @param isNothingToWaitFor asked before each sleep: whether what is waited for is not under way anywhere. Default: it is.
 */
export function quickPace(isNothingToWaitFor: () => boolean = () => false): Pace {
  let aheadMs = 0;
  return {
    nowMs: () => REAL_PACE.nowMs() + aheadMs,
    sleep: async (delayMs, signal) => {
      // A server that works needs some real time all the same.
      const realMs = isNothingToWaitFor() ? 0 : Math.min(delayMs, 20);
      aheadMs += delayMs - realMs;
      await REAL_PACE.sleep(realMs, signal);
    },
    random: () => 0.5,
  };
}

export async function newPlace(bigQuery: TestBigQuery, name: string): Promise<BigQueryPlace> {
  const datasetId = `${bigQuery.datasetPrefix}_${name}_${randomBytes(5).toString("hex")}`;
  return placeAt(bigQuery, datasetId, bigQuery.environment);
}

async function placeAt(
  bigQuery: TestBigQuery,
  datasetId: string,
  environment: Readonly<Record<string, string>>,
): Promise<BigQueryPlace> {
  const { projectId } = bigQuery;
  const address: WarehouseAddress = {
    url: `bigquery://${projectId}/${datasetId}`,
    directory: "/",
    environment,
    settings: {},
  };
  const place = parseAddress(address);
  const api = createApi({ transport: await openTransport(place), pace: REAL_PACE, access: "write" });
  const location = (): null => null;
  const jobs: Jobs = createJobs({ api, pace: REAL_PACE, usage: createUsageMeter(), projectId, location });
  const statements = createStatements({ api, jobs, place, runId: "test", nowMs: Date.now, location });

  async function createDataset(): Promise<void> {
    await api.call({ method: "POST", path: "datasets", json: { datasetReference: { datasetId } } });
  }

  async function tables(): Promise<string[]> {
    const page = await api.call<{ tables?: { tableReference: { tableId: string } }[] }>({
      method: "GET",
      path: `datasets/${datasetId}/tables`,
      query: { maxResults: 1000 },
    });
    return (page.tables ?? []).map((table) => table.tableReference.tableId).toSorted();
  }

  async function select(sql: string): Promise<(string | null)[][]> {
    const job = await jobs.run({
      id: jobId("test", randomBytes(8).toString("hex")),
      configuration: statements.configuration(sql, {}),
      deadlineMs: 60_000,
    });
    const rows: (string | null)[][] = [];
    for await (const page of statements.pages(job)) {
      for (const row of page.rows ?? []) rows.push(row.f.map(({ v }) => (typeof v === "string" ? v : null)));
    }
    return rows;
  }

  return {
    datasetId,
    address,
    api,
    createDataset,
    tables,
    select,
    open: (options = {}, timing = {}) => openBigQuery(address, testOpenOptions(options), timing),
    through: (origin) => {
      throw new Error(`not here: ${origin}`);
    },
    tableName: (name) => `${projectId}.${datasetId}.${name}`,
    execute: async (sql) => {
      const exists = await api
        .call({ method: "GET", path: `datasets/${datasetId}` })
        .then(() => true)
        .catch(() => false);
      if (!exists) await createDataset();
      await select(sql);
    },
    fingerprint: async () => {
      const names = await tables().catch(() => null);
      if (names === null) return "no dataset";
      const parts: string[] = [];
      for (const name of names) {
        const rows = await select(
          `SELECT TO_JSON_STRING(T) FROM \`${projectId}.${datasetId}.${name}\` AS T ORDER BY 1`,
        );
        const { schema } = await api.call<{ schema: unknown }>({
          method: "GET",
          path: `datasets/${datasetId}/tables/${name}`,
        });
        parts.push(JSON.stringify({ name, schema, rows }));
      }
      return parts.join("\n");
    },
    remove: async () => {
      await api
        .call({ method: "DELETE", path: `datasets/${datasetId}`, query: { deleteContents: "true" } })
        .catch(() => {
          // It was never made.
        });
    },
  };
}
