import type { Warehouse } from "../../src/warehouse/warehouse.js";
import type { ObjectType } from "./apply-change.js";
import { isRefused } from "./memory-warehouse.js";
import type { World } from "./world.js";

/** A row of `raw_objects`, as far as it is compared. */
export interface Row {
  readonly idem_key: string;
  readonly object_type: ObjectType;
  readonly external_id: string;
  readonly payload: string;
  readonly deleted_at: string | null;
  readonly [column: string]: unknown;
}

export interface Expectation {
  readonly streams: readonly {
    readonly objectType: ObjectType;
    readonly startedAtMs: number;
    /** The run lists every object, so that nothing that changed before it may be late. */
    readonly listsAll: boolean;
    /** Only what was created in [since, until), in Unix seconds. */
    readonly window?: { readonly since: number; readonly until: number };
  }[];
}

type Stream = Expectation["streams"][number];

/** Compares the warehouse with the account after a run that completed. Throws with what differs. */
export async function expectTruth(world: World, warehouse: Warehouse, { streams }: Expectation): Promise<void> {
  // Before a first job has completed there may be no tables.
  if (streams.length === 0) return;
  const rows = await readTable<Row>(warehouse, "raw_objects");
  const problems = duplicates(rows);
  const isInMemory = world.scenario.machine.warehouse === "memory";
  const inQuarantine = isInMemory ? await idsInQuarantine(warehouse) : null;
  for (const stream of streams) {
    const ofType = rows.filter((row) => row.object_type === stream.objectType);
    problems.push(...problemsOf(world, ofType, stream, inQuarantine));
  }
  if (problems.length > 0) throw new Error(describe(problems));
}

async function idsInQuarantine(warehouse: Warehouse): Promise<ReadonlySet<string>> {
  const rows = await readTable<{ readonly id: string }>(warehouse, "quarantine");
  return new Set(rows.map(({ id }) => id));
}

/** `inQuarantine`: null where everything can be held. */
function problemsOf(
  world: World,
  rows: readonly Row[],
  stream: Stream,
  inQuarantine: ReadonlySet<string> | null,
): string[] {
  const { objectType } = stream;
  const byId = new Map(rows.map((row) => [row.external_id, row]));
  const problems: string[] = [];
  for (const { id, json, deleted } of world.sandbox.truth(objectType, { version: world.apiVersion })) {
    const row = byId.get(id);
    byId.delete(id);
    if (isOutside(json, stream.window) || world.mayBeLate(objectType, id, stream)) continue;
    const at = `${objectType} ${id}`;
    if (inQuarantine !== null && !deleted && isRefused(json)) {
      if (!inQuarantine.has(id)) problems.push(`${at} is not in quarantine`);
      continue;
    }
    if (deleted) {
      if (row !== undefined && row.deleted_at === null) problems.push(`${at} was deleted, but its row lives`);
    } else if (row === undefined) problems.push(`${at} is missing`);
    else if (row.deleted_at !== null) problems.push(`${at} lives, but its row is deleted`);
    else if (row.payload !== json && plain(row.payload) !== json)
      problems.push(`${at} is not as it is: ${firstDifference(plain(row.payload), json)}`);
  }
  for (const id of byId.keys()) problems.push(`${objectType} ${id} never existed`);
  return problems;
}

/** No key may come twice, and each has to be the one that its object has. */
function duplicates(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { idem_key, object_type, external_id } of rows) {
    if (seen.has(idem_key)) problems.push(`${idem_key} is there twice`);
    seen.add(idem_key);
    if (idem_key !== `stripe:stripe-mensio:${object_type}:${external_id}`) problems.push(`${idem_key} is not its key`);
  }
  return problems;
}

/** All rows of a table, by column. */
export async function readTable<R>(warehouse: Warehouse, table: string): Promise<R[]> {
  const { columns, rows } = await warehouse.query(`SELECT * FROM events_dev.${table}`, { dialect: "native" });
  const found: R[] = [];
  for await (const row of rows) {
    found.push(Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])) as R);
  }
  return found;
}

/** Without white space between tokens, and without the signatures that change with each reading. */
export function plain(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1").replace(/\?s=\w{12}"/g, '"');
}

function isOutside(json: string, window: Stream["window"]): boolean {
  if (window === undefined) return false;
  const created = /"created":(\d+|null)/.exec(json)?.[1];
  if (created === undefined || created === "null") return true;
  return Number(created) < window.since || Number(created) >= window.until;
}

function firstDifference(row: string, truth: string): string {
  let at = 0;
  while (at < row.length && row[at] === truth[at]) at += 1;
  const from = Math.max(0, at - 40);
  return `…${row.slice(from, at + 60)}… instead of …${truth.slice(from, at + 60)}…`;
}

const SHOWN = 8;

function describe(problems: readonly string[]): string {
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : "";
  return `the warehouse is not what Stripe holds:\n  ${problems.slice(0, SHOWN).join("\n  ")}${more}`;
}
