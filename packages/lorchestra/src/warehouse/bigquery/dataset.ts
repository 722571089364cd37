import { LorchestraError } from "../../errors.js";
import { TABLES, type TableName } from "../tables.js";
import type { Place } from "./address.js";
import { ApiError } from "./api/api-error.js";
import type { Api } from "./api/api.js";
import { classify } from "./api/classify.js";
import { expiryOf, extendedFields, newTable, withoutExpiry } from "./layout.js";
import { identifier } from "./api/quote.js";
import type { DatasetResource, FieldSchema, RowPage, TableResource } from "./api/resources.js";
import { ROW_FORMAT, textRows, type TextRow } from "./api/rows.js";
import { refuseTable } from "./refuse-table.js";

/** The dataset and its tables, without SQL: metadata and plain reading, none of which is billed. */
export interface Dataset {
  readonly label: string;
  /** Where jobs must run; null for an emulator, and until `find` has looked. */
  location(): string | null;
  /** A table's id, with the prefix of --test-table. */
  tableId(name: TableName | `staging_${string}`): string;
  /** A table's name as SQL takes it. */
  sqlName(name: TableName | `staging_${string}`): string;
  /** Learns the dataset's location; false when there is no such dataset. */
  find(signal?: AbortSignal): Promise<boolean>;
  /** Makes dataset and tables where they are missing, and adds columns that are missing. */
  prepare(): Promise<void>;
  /** Throws WAREHOUSE_SCHEMA_CONFLICT for a table that `prepare` would refuse; changes nothing. */
  check(signal?: AbortSignal): Promise<void>;
  table(name: TableName, signal?: AbortSignal): Promise<TableResource | null>;
  createStaging(name: `staging_${string}`, fields: readonly FieldSchema[], lifeMs: number): Promise<void>;
  drop(tableId: string): Promise<void>;
  /** Ids of the staging tables whose names begin so, of whatever run. */
  tablesNamed(start: `staging_${string}`): Promise<readonly string[]>;
  /** All rows of a small table, and the server's clock; null when there is no such table. */
  rows(
    name: TableName,
    signal?: AbortSignal,
  ): Promise<{ readonly rows: readonly TextRow[]; readonly serverNowMs: number } | null>;
}

export function createDataset(api: Api, place: Place, tablePrefix: "" | "test_"): Dataset {
  const { projectId, datasetId } = place;
  const root = `datasets/${datasetId}`;
  let location: string | null = place.emulatorOrigin === null ? place.location : null;
  /** BigQuery judges by its own clock when a table is due. */
  let serverAheadMs = 0;
  const tableId = (name: string): string => `${tablePrefix}${name}`;

  async function getOrNull<T>(path: string, what: string, signal?: AbortSignal): Promise<T | null> {
    try {
      return await api.call<T>({ method: "GET", path, signal });
    } catch (error) {
      if (error instanceof ApiError && error.reason === "notFound") return null;
      throw classify(error, place, { what });
    }
  }

  async function classified<T>(what: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw classify(error, place, { what });
    }
  }

  async function find(signal?: AbortSignal): Promise<boolean> {
    const found = await getOrNull<DatasetResource>(root, `read dataset ${projectId}.${datasetId}`, signal);
    if (found === null) {
      // A project that does not exist answers alike; its list of datasets tells the two apart.
      await projectExists(signal);
      return false;
    }
    // An emulator has one location, whatever it is asked for.
    if (place.emulatorOrigin !== null) return true;
    const actual = found.location ?? "US";
    if (place.location !== null && place.location.toLowerCase() !== actual.toLowerCase()) {
      throw new LorchestraError(
        "WAREHOUSE_LOCATION_MISMATCH",
        `dataset ${projectId}.${datasetId} lies in ${actual}, not in ${place.location}`,
        {
          hint: `write ?location=${actual} in the address, or name another dataset; a dataset cannot be moved`,
          facts: { project: projectId, dataset: datasetId, expected: place.location, actual },
        },
      );
    }
    location = actual;
    return true;
  }

  async function projectExists(signal?: AbortSignal): Promise<void> {
    await classified(`find project ${projectId}`, () =>
      api.call({ method: "GET", path: "datasets", query: { maxResults: 1 }, signal }),
    );
  }

  async function prepare(): Promise<void> {
    if (!(await find())) {
      await create("datasets", {
        datasetReference: { datasetId },
        ...(place.location === null ? {} : { location: place.location }),
        labels: { tool: "lorchestra" },
      });
      await find();
    }
    // All are looked at before any is made: a refusal leaves the dataset as it was.
    const tables = await Promise.all(
      Object.values(TABLES).map(async ({ name }) => ({ name, found: await fitting(name) })),
    );
    await Promise.all(tables.map(({ name, found }) => prepareTable(name, found)));
  }

  /** The table as it is there; null where it is not. Throws WAREHOUSE_SCHEMA_CONFLICT for one that cannot be taken over. */
  async function fitting(name: TableName, signal?: AbortSignal): Promise<TableResource | null> {
    const found = await getTable(name, signal);
    if (found !== null) refuseConflict(name, found);
    return found;
  }

  async function prepareTable(name: TableName, found: TableResource | null): Promise<void> {
    const table = TABLES[name];
    const id = tableId(name);
    if (found === null) {
      const made = await create<TableResource>(`${root}/tables`, newTable(table, id));
      if (made !== null) await keepRows(name, made);
      return;
    }
    const fields = extendedFields(table, found);
    if (fields === null) return;
    try {
      // The tag keeps two runs from overwriting each other's columns.
      const headers: Record<string, string> = found.etag === undefined ? {} : { "if-match": found.etag };
      await api.call({ method: "PATCH", path: `${root}/tables/${id}`, json: { schema: { fields } }, headers });
    } catch (error) {
      const isOvertaken = error instanceof ApiError && (error.reason === "conditionNotMet" || error.status === 412);
      if (!isOvertaken) throw classify(error, place, { what: `add columns to table ${datasetId}.${id}` });
      await prepareTable(name, await fitting(name));
    }
  }

  const refuseConflict = (name: TableName, found: TableResource): void =>
    refuseTable(place, tableId(name), name, found);

  /** A new table takes over what the dataset says of expiry, and only a table that is there can be told otherwise. */
  async function keepRows(name: TableName, made: TableResource): Promise<void> {
    if (expiryOf(TABLES[name], made) === null) return;
    const path = `${root}/tables/${tableId(name)}`;
    const kept = await classified(`keep table ${datasetId}.${tableId(name)} from expiring`, () =>
      api.call<TableResource>({ method: "PATCH", path, json: withoutExpiry(made) }),
    );
    refuseConflict(name, kept);
  }

  /** Null for what another run made in the meantime: that is as good. */
  async function create<T>(path: string, json: unknown): Promise<T | null> {
    try {
      return await api.call<T>({ method: "POST", path, json });
    } catch (error) {
      if (error instanceof ApiError && error.reason === "duplicate") return null;
      throw classify(error, place, { what: path === "datasets" ? `create dataset ${datasetId}` : "create a table" });
    }
  }

  const getTable = (name: TableName, signal?: AbortSignal): Promise<TableResource | null> =>
    getOrNull(`${root}/tables/${tableId(name)}`, `read table ${datasetId}.${tableId(name)}`, signal);

  return {
    label: `bigquery ${projectId}.${datasetId}${place.emulatorOrigin === null ? "" : ` on ${place.emulatorOrigin}`}`,
    location: () => location,
    tableId,
    sqlName: (name) => identifier(projectId, datasetId, tableId(name)),
    find,
    prepare,
    check: async (signal) => {
      for (const { name } of Object.values(TABLES)) await fitting(name, signal);
    },
    table: getTable,
    createStaging: async (name, fields, lifeMs) => {
      const expiresAtMs = Math.ceil(Date.now() + serverAheadMs + lifeMs);
      await create(`${root}/tables`, {
        tableReference: { tableId: tableId(name) },
        schema: { fields },
        expirationTime: String(expiresAtMs),
        labels: { tool: "lorchestra" },
      });
    },
    drop: async (id) => {
      try {
        await api.call({ method: "DELETE", path: `${root}/tables/${id}`, deadlineMs: 20_000 });
      } catch (error) {
        if (error instanceof ApiError && error.reason === "notFound") return;
        throw classify(error, place, { what: `drop table ${datasetId}.${id}` });
      }
    },
    tablesNamed: async (start) => {
      const ids: string[] = [];
      let pageToken: string | undefined;
      do {
        const query = { maxResults: 1000, pageToken };
        const page = await classified(`list the tables of ${projectId}.${datasetId}`, () =>
          api.call<{ tables?: readonly TableResource[]; nextPageToken?: string | null }>({
            method: "GET",
            path: `${root}/tables`,
            query,
          }),
        );
        ids.push(...(page.tables ?? []).map(({ tableReference }) => tableReference?.tableId ?? ""));
        pageToken = page.nextPageToken ?? undefined;
      } while (pageToken !== undefined);
      return ids.filter((id) => id.startsWith(tableId(start)));
    },
    rows: async (name, signal) => {
      const found = await getTable(name, signal);
      if (found === null) return null;
      const fields = found.schema?.fields ?? [];
      const rows: TextRow[] = [];
      let pageToken: string | undefined;
      let serverNowMs: number;
      do {
        const path = `${root}/tables/${tableId(name)}/data`;
        const query = { ...ROW_FORMAT, pageToken };
        const page = await classified(`read the rows of ${datasetId}.${tableId(name)}`, () =>
          api.callWithClock({ method: "GET", path, query, signal }),
        );
        const body = page.body as RowPage;
        rows.push(...textRows(body, fields));
        ({ serverNowMs } = page);
        serverAheadMs = serverNowMs - Date.now();
        pageToken = body.pageToken ?? undefined;
      } while (pageToken !== undefined);
      return { rows, serverNowMs };
    },
  };
}
