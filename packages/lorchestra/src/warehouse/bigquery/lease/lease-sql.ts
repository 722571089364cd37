import type { StreamScope } from "../../warehouse.js";
import { literal } from "../api/quote.js";

/** The lease of a stream: its row's key in `leases`. */
export function leaseName(scope: StreamScope): string {
  return `${scope.sourceSystem}/${scope.connectionName}/${scope.stream}`;
}

/** How long a lease lasts beyond its last renewal, in seconds. */
export const LEASE_SECONDS = 60;

const NOW = "CURRENT_TIMESTAMP()";
const RENEWED = `TIMESTAMP_ADD(${NOW}, INTERVAL ${LEASE_SECONDS} SECOND)`;

/** Adds the row of a stream that has none. Two of these at once do not conflict in BigQuery, and leave two rows. */
export function insertLeaseSql(leases: string, name: string): string {
  return `INSERT INTO ${leases} (name, epoch)
SELECT S.name, '0'
FROM (SELECT ${literal(name)} AS name) AS S
WHERE NOT EXISTS (SELECT 1 FROM ${leases} AS L WHERE L.name = S.name)`;
}

export interface Acquisition {
  readonly name: string;
  /** The epoch of the row that was looked at: whoever changed it in the meantime was faster. */
  readonly epoch: string;
  readonly nextEpoch: string;
  readonly holder: string;
  readonly runId: string;
  /** Nobody has the lease any more, whatever the row says: it need not have passed. */
  readonly isHolderGone: boolean;
}

/** Changes nothing where the stream has a row with a higher epoch: that one counts. */
export function acquireLeaseSql(leases: string, to: Acquisition): string {
  const name = literal(to.name);
  const passed = to.isHolderGone ? "" : `\n  AND (expires_at IS NULL OR expires_at <= ${NOW})`;
  return `UPDATE ${leases}
SET holder = ${literal(to.holder)}, run_id = ${literal(to.runId)}, epoch = ${literal(to.nextEpoch)},
  acquired_at = ${NOW}, expires_at = ${RENEWED}
WHERE name = ${name} AND epoch = ${literal(to.epoch)}${passed}
  AND NOT EXISTS (SELECT 1 FROM ${leases} AS L WHERE L.name = ${name} AND CAST(L.epoch AS INT64) > ${to.epoch})`;
}

/**
 * Renews these leases at once: one that has passed, too, while nobody has taken it. By their names, because others that a
 * process has no more may still have its mark: where it could not free them they have to pass.
 */
export function renewLeasesSql(leases: string, holder: string, names: readonly string[]): string {
  return `UPDATE ${leases}
SET expires_at = ${RENEWED}
WHERE ${areOf(holder, names)}`;
}

function areOf(holder: string, names: readonly string[]): string {
  return `holder = ${literal(holder)} AND name IN (${names.map(literal).join(", ")})`;
}

export function releaseLeaseSql(leases: string, name: string, epoch: string): string {
  return `UPDATE ${leases}
SET holder = CAST(NULL AS STRING), expires_at = CAST(NULL AS TIMESTAMP)
WHERE name = ${literal(name)} AND epoch = ${literal(epoch)}`;
}

export interface Fence {
  readonly name: string;
  readonly holder: string;
  readonly epoch: string;
  readonly nextEpoch: string;
  /** Names of all leases that the process has, this one too. */
  readonly held: readonly string[];
}

/**
 * Opens a commit's transaction: only the lease's holder passes, and each commit moves the epoch on, so
 * that of two attempts at one commit the second finds the door closed.
 *
 * Whether the lease has passed is no matter while nobody has taken it, which would have changed holder and epoch: a
 * transaction that takes longer than a lease, of this process or of another, holds up every renewal, and its own clock stands still
 * (https://cloud.google.com/bigquery/docs/transactions#datetime_functions_within_transactions).
 */
export function fenceSql(leases: string, fence: Fence): string {
  return `UPDATE ${leases}
SET epoch = ${literal(fence.nextEpoch)}
WHERE name = ${literal(fence.name)} AND epoch = ${literal(fence.epoch)} AND holder = ${literal(fence.holder)};
ASSERT @@row_count > 0 AS 'fenced'`;
}

/**
 * Closes it: renews every lease that the process has, because none could be renewed while the transaction held the table, and
 * keeps the stream's newest read: an expression of the script, or null for no change.
 */
export function renewInCommitSql(leases: string, fence: Fence, newestReadAt: string | null): string {
  const own = `name = ${literal(fence.name)} AND epoch = ${literal(fence.nextEpoch)}`;
  const newest = newestReadAt === null ? "" : `,\n  newest_read_at = IF(${own}, ${newestReadAt}, newest_read_at)`;
  return `UPDATE ${leases}
SET expires_at = ${RENEWED}${newest}
WHERE ${areOf(fence.holder, fence.held)}`;
}
