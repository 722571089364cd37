import type { Standing, StreamVerification, VerifyReport } from "../../src/runs/verify-report.js";
import type { Warehouse } from "../../src/warehouse/warehouse.js";
import { OBJECT_TYPES, type ObjectType } from "./apply-change.js";
import { plain, readTable, type Row } from "./expect-truth.js";
import { isRefused } from "./memory-warehouse.js";
import { JOB_NAMES } from "./run-lorchestra.js";
import type { World } from "./world.js";

/** An object that is not the same on both sides, and all that may be said of it. */
interface Difference {
  readonly id: string;
  readonly may: ReadonlySet<Standing>;
}

/** What a verification says that it leaves to the next run: `objectType id`. */
export type LeftToNextRun = ReadonlySet<string>;

/**
 * Holds what `verify` says against both sides: it names each object that differs, as what it is, and no other. Returns those that
 * it says the next run will bring. Throws with what does not hold. Tables are there.
 */
export async function expectVerified(world: World, report: VerifyReport): Promise<LeftToNextRun> {
  const rows = await rowsOn(world);
  const left = new Set<string>();
  const problems: string[] = [];
  for (const stream of report.jobs) {
    const objectType = typeOf(stream);
    const ofType = rows.filter((row) => row.object_type === objectType);
    const objects = objectsOf(world, objectType);
    const differences = new Map(differencesOf(objects, ofType).map((one) => [one.id, one]));
    const counts = [stream.in_source, stream.in_warehouse];
    const real = [objects.filter(({ deleted }) => !deleted).length, ofType.filter(isLive).length];
    if (String(counts) !== String(real)) problems.push(`${objectType}: counted ${String(counts)} of ${String(real)}`);
    for (const { id, standing } of stream.findings) {
      const difference = differences.get(id);
      differences.delete(id);
      if (difference === undefined) problems.push(`${objectType} ${id} is called ${standing}, and is equal`);
      else if (!difference.may.has(standing))
        problems.push(`${objectType} ${id} is called ${standing}, and is ${[...difference.may].join(" or ")}`);
      if (standing === "behind" || standing === "outdated") left.add(`${objectType} ${id}`);
    }
    for (const { id, may } of differences.values())
      problems.push(`${objectType} ${id} is called equal, and is ${[...may].join(" or ")}`);
  }
  if (problems.length > 0) throw new Error(`verify is wrong:\n  ${problems.slice(0, 8).join("\n  ")}`);
  return left;
}

/** After one more run there may be nothing of what a verification left to it. */
export async function expectBrought(world: World, warehouse: Warehouse, left: LeftToNextRun): Promise<void> {
  const rows = await readTable<Row>(warehouse, "raw_objects");
  for (const objectType of OBJECT_TYPES) {
    const ofType = rows.filter((row) => row.object_type === objectType);
    const objects = objectsOf(world, objectType);
    for (const { id, may } of differencesOf(objects, ofType)) {
      if (may.has("quarantined") || !left.has(`${objectType} ${id}`)) continue;
      throw new Error(`verify left ${objectType} ${id} to the next run, which did not bring it`);
    }
  }
}

/** The rows that are on the disk, by their keys: in the same order, whatever holds them. */
export async function rowsOn({ disk }: World): Promise<Row[]> {
  await using warehouse = await disk.open({ access: "read", runId: "look", tablePrefix: "" });
  const rows = await readTable<Row>(warehouse, "raw_objects");
  return rows.toSorted((one, other) => (one.idem_key < other.idem_key ? -1 : 1));
}

interface AccountObject {
  readonly id: string;
  readonly json: string;
  readonly deleted: boolean;
}

/** What the account has of a type, in the API version that is asked for now. */
export function objectsOf({ sandbox, apiVersion }: World, objectType: ObjectType): AccountObject[] {
  return [...sandbox.truth(objectType, { version: apiVersion })];
}

export function typeOf({ job }: Pick<StreamVerification, "job">): ObjectType {
  const objectType = OBJECT_TYPES[JOB_NAMES.indexOf(job)];
  if (objectType === undefined) throw new RangeError(`no object type has the job ${job}`);
  return objectType;
}

function differencesOf(objects: readonly AccountObject[], rows: readonly Row[]): Difference[] {
  const byId = new Map(rows.map((row) => [row.external_id, row]));
  return objects.flatMap(({ id, json, deleted }) => {
    const row = byId.get(id);
    const may = standingsOf({ json, deleted }, row !== undefined && isLive(row) ? row : null);
    return may === null ? [] : [{ id, may: new Set(may) }];
  });
}

/** Null: both sides are equal. */
function standingsOf(object: Pick<AccountObject, "json" | "deleted">, row: Row | null): Standing[] | null {
  if (object.deleted) return row === null ? null : ["extra", "behind"];
  const refused: Standing[] = isRefused(object.json) ? ["quarantined"] : [];
  if (row === null) return ["missing", "behind", ...refused];
  if (row.payload === object.json || plain(row.payload) === object.json) return null;
  return ["stale", "incomplete", "outdated", "behind", ...refused];
}

function isLive({ deleted_at }: Row): boolean {
  return deleted_at === null;
}
