import { OBJECT_TYPES } from "./account.js";
import { canonicalJson } from "./canonical-json.js";
import type { Row, Tables } from "./place.js";
import type { WarehouseKind } from "./warehouse-kind.js";
import type { StripeProcess } from "./stripe-process.js";
import { throwProblems } from "./violation.js";

export interface Comparison {
  readonly compared: number;
  /** Payment intents whose metadata differs: Stripe announces no such change, and the sweep brings it within 30 days. */
  readonly late: number;
}

/** Compares every row with what Stripe holds; throws a Violation with what differs. After a full run nothing may be late. */
export async function compareRows(
  stripe: StripeProcess,
  { rows, quarantined }: Tables,
  { warehouse, isFull }: { warehouse: WarehouseKind; isFull: boolean },
): Promise<Comparison> {
  const problems = problemsOfKeys(rows);
  if (quarantined > 0) problems.push(`${quarantined} rows are in quarantine`);
  // DuckDB keeps the text as it came, BigQuery the value.
  const form = warehouse === "duckdb" ? textOf : (json: string) => canonicalJson(textOf(json));
  const byKey = new Map(rows.map((row) => [`${row.object_type} ${row.external_id}`, row]));
  let late = 0;
  for (const objectType of OBJECT_TYPES) {
    for (const { id, json, deleted } of await stripe.truth(objectType)) {
      const at = `${objectType} ${id}`;
      const row = byKey.get(at);
      byKey.delete(at);
      if (deleted) {
        if (row?.is_deleted === false) problems.push(`${at} was deleted, and its row lives`);
      } else if (row === undefined) problems.push(`${at} is missing`);
      else if (row.is_deleted) problems.push(`${at} lives, and its row is marked as deleted`);
      else {
        const [stored, real] = [form(row.payload), form(json)];
        if (stored === real) continue;
        if (!isFull && objectType === "payment_intent" && withoutMetadata(stored) === withoutMetadata(real)) late += 1;
        else problems.push(`${at} of ${row.run_id} is not as it is: ${firstDifference(stored, real)}`);
      }
    }
  }
  for (const at of byKey.keys()) problems.push(`${at} never existed`);
  throwProblems("the rows are not what Stripe holds", problems);
  return { compared: rows.length, late };
}

/** What has to hold in every state: each key once, and each its object's own. */
export function problemsOfKeys(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { idem_key, source_system, connection_name, object_type, external_id } of rows) {
    if (seen.has(idem_key)) problems.push(`${idem_key} is there twice`);
    seen.add(idem_key);
    const expected = `stripe:stripe-mensio:${object_type}:${external_id}`;
    if (idem_key !== expected || source_system !== "stripe" || connection_name !== "stripe-mensio")
      problems.push(`${idem_key} is not the key of ${object_type} ${external_id}`);
  }
  return problems;
}

/** Without white space between tokens, and without the signatures that change with each reading. */
function textOf(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1").replace(/\?s=\w{12}"/g, '"');
}

function withoutMetadata(json: string): string {
  return json.replace(/"metadata":\{[^{}]*\}/, "");
}

function firstDifference(stored: string, real: string): string {
  let at = 0;
  while (at < stored.length && stored[at] === real[at]) at += 1;
  const from = Math.max(0, at - 30);
  return `…${stored.slice(from, at + 50)}… instead of …${real.slice(from, at + 50)}…`;
}
