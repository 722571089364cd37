import { LorchestraError } from "../../errors.js";
import { TABLES, type TableName } from "../tables.js";
import type { Place } from "./address.js";
import { column, identifier } from "./api/quote.js";
import type { TableResource } from "./api/resources.js";
import { conflictOf, expiryOf, requiredOf } from "./layout.js";

/** Throws WAREHOUSE_SCHEMA_CONFLICT for a table that is there and cannot be taken over as it is; the hint has what to do about it. */
export function refuseTable(
  { projectId, datasetId }: Place,
  tableId: string,
  name: TableName,
  found: TableResource,
): void {
  const refusal = (problem: string, hint: string, facts: Readonly<Record<string, string>> = {}): LorchestraError =>
    new LorchestraError("WAREHOUSE_SCHEMA_CONFLICT", `table ${datasetId}.${tableId} ${problem}`, {
      hint,
      facts: { table: tableId, ...facts },
    });
  const conflict = conflictOf(TABLES[name], found);
  if (conflict !== null) {
    throw refusal(
      conflict,
      "rename that table, or name another dataset: lorchestra extends a table, but rebuilds none",
    );
  }
  const alter = `ALTER TABLE ${identifier(projectId, datasetId, tableId)}`;
  const required = requiredOf(TABLES[name], found);
  if (required !== null) {
    throw refusal(
      `allows no NULL in its column ${required}`,
      `some rows have nothing there: ${alter} ALTER COLUMN ${column(required)} DROP NOT NULL`,
      { column: required },
    );
  }
  if (found.requirePartitionFilter === true) {
    throw refusal(
      "wants each query to name the partitions that it reads",
      `rows are found by their keys, wherever they lie: ${alter} SET OPTIONS (require_partition_filter = FALSE)`,
    );
  }
  const expiry = expiryOf(TABLES[name], found);
  if (expiry === null) return;
  const options = ["expiration_timestamp = NULL"];
  if (found.timePartitioning !== undefined) options.push("partition_expiration_days = NULL");
  throw refusal(expiry, `so that no row is lost: ${alter} SET OPTIONS (${options.join(", ")})`);
}
