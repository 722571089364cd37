import type { StreamScope } from "../warehouse.js";
import { literal } from "./quote.js";

/** The rows of a stream, by the columns that the table is clustered by. */
export function scopeSql(scope: StreamScope, alias = ""): string {
  return [
    `${alias}source_system = ${literal(scope.sourceSystem)}`,
    `${alias}connection_name = ${literal(scope.connectionName)}`,
    `${alias}object_type = ${literal(scope.objectType)}`,
  ].join(" AND ");
}

/** The latest instant at which a row was read, or found to be deleted. */
export function newestReadAtSql(rawObjects: string, scope: StreamScope): string {
  const newest = "GREATEST(last_seen, IFNULL(deleted_at, last_seen))";
  return `SELECT MAX(${newest}) AS newest FROM ${rawObjects} WHERE ${scopeSql(scope)}`;
}
