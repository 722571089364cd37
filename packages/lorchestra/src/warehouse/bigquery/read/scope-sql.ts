import type { StreamScope } from "../../warehouse.js";
import { literal } from "../api/quote.js";

/** The rows of a stream, by the columns that the table is clustered by. */
export function scopeSql(scope: StreamScope, alias = ""): string {
  return [
    `${alias}source_system = ${literal(scope.sourceSystem)}`,
    `${alias}connection_name = ${literal(scope.connectionName)}`,
    `${alias}object_type = ${literal(scope.objectType)}`,
  ].join(" AND ");
}

/** When a row was last read, or found to be deleted; NULL where it says neither. */
export function lastReadSql(alias = ""): string {
  const [seen, deleted] = [`${alias}last_seen`, `${alias}deleted_at`];
  return `GREATEST(IFNULL(${seen}, ${deleted}), IFNULL(${deleted}, ${seen}))`;
}

/** The latest of these instants of all rows of a stream. */
export function newestReadAtSql(rawObjects: string, scope: StreamScope): string {
  return `SELECT MAX(${lastReadSql()}) AS newest FROM ${rawObjects} WHERE ${scopeSql(scope)}`;
}
