import { TABLES, type TableName } from "../../warehouse/tables.js";
import { at, CREATED } from "../changes.js";
import type { ModelRow } from "../raw-objects-model.js";
import { asText } from "../warehouse-context.js";
import type { WarehousePlace } from "../warehouse-harness.js";

/**
 * Rows as an earlier tool left them: without a hash, and with `created` only inside the payload, which of the last ones does not
 * say when their objects were created, or not in seconds.
 */
export const SEED_ROWS: readonly ModelRow[] = [
  seedRow("thing_1", `{"id":"thing_1","created":${CREATED}}`),
  seedRow("thing_2", `{"id":"thing_2","created":${CREATED + 500}}`),
  seedRow("thing_3", `{"id":"thing_3","created":null}`),
  seedRow("thing_4", null),
  seedRow("thing_5", `{"id":"thing_5","created":"${at(-1000).toISOString()}"}`),
  seedRow("thing_6", `{"id":"thing_6","created":${CREATED * 1000}}`),
];

/** Makes `raw_objects` and `event_log` with the seed's columns only, as BigQuery's dialect and DuckDB's both say it. */
export async function createSeedTables(place: WarehousePlace): Promise<void> {
  for (const table of ["raw_objects", "event_log"] as const) await place.execute(createTable(place, table));
  for (const row of SEED_ROWS) await place.execute(insertRow(place, row));
  const event = [`'evt-1'`, `'ingest.completed'`, `'stripe'`, `'stripe-acme'`, `'thing'`, `NULL`, `'corr-1'`, `NULL`];
  await place.execute(
    `INSERT INTO ${place.tableName("event_log")} VALUES (${event.join(", ")}, TIMESTAMP '${at(5).toISOString()}', 'ok', NULL, JSON '{"records_extracted":3}')`,
  );
}

function createTable(place: WarehousePlace, table: TableName): string {
  const columns = TABLES[table].columns.filter((column) => column.seed);
  return `CREATE TABLE ${place.tableName(table)} (${columns.map(({ name, type }) => `${name} ${type}`).join(", ")})`;
}

function insertRow(place: WarehousePlace, row: ModelRow): string {
  const values = TABLES.raw_objects.columns
    .filter((column) => column.seed)
    .map(({ name, type }) => {
      const value = row[name] ?? null;
      if (value === null) return "NULL";
      return type === "STRING" ? `'${asText(value)}'` : `${type} '${asText(value)}'`;
    });
  return `INSERT INTO ${place.tableName("raw_objects")} VALUES (${values.join(", ")})`;
}

function seedRow(id: string, payload: string | null): ModelRow {
  return {
    idem_key: `stripe:stripe-acme:thing:${id}`,
    source_system: "stripe",
    connection_name: "stripe-acme",
    object_type: "thing",
    schema_ref: "stripe/thing/v0",
    external_id: id,
    payload,
    first_seen: at(10).toISOString(),
    last_seen: at(20).toISOString(),
  };
}
