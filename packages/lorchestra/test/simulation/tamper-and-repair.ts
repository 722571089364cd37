import { type Fault, isFault, type VerifyReport } from "../../src/runs/verify-report.js";
import { OBJECT_TYPES } from "./apply-change.js";
import type { Tampering } from "./another-hand.js";
import { plain, type Row } from "./expect-truth.js";
import { expectVerified, type LeftToNextRun, objectsOf, rowsOn, typeOf } from "./expect-verified.js";
import { isRefused } from "./memory-warehouse.js";
import { JOB_NAMES } from "./run-lorchestra.js";
import { verifyLorchestra } from "./verify-lorchestra.js";
import type { World } from "./world.js";

/** What `verify` has to call a row that somebody else changed. */
const FAULTS: Readonly<Record<Tampering, Fault>> = {
  drop: "missing",
  "mark-deleted": "missing",
  "change-payload": "stale",
  "change-payload-and-hash": "stale",
};

interface Tampered {
  readonly row: Row;
  readonly tampering: Tampering;
}

/**
 * Changes a row behind the back of a warehouse that holds what the account holds: `verify` has to find just that, and a repair to
 * mend it. No event of the account's may be so young that a run would still read it.
 */
export async function tamperAndRepair(world: World): Promise<void> {
  const tampered = await tamper(world, ["drop", "mark-deleted", "change-payload", "change-payload-and-hash"]);
  if (tampered === null) return;
  const { row, tampering } = tampered;
  const found = await verifyLorchestra(world, { jobs: JOB_NAMES, repair: false });
  await expectVerified(world, found);
  const faults = faultsIn(found);
  if (JSON.stringify(faults) !== JSON.stringify([[nameOf(row), FAULTS[tampering]]]))
    throw new Error(`verify found ${JSON.stringify(faults)} of ${nameOf(row)} (${tampering})`);
  if ((await repair(world, row)) !== 1) throw new Error(`a repair of ${nameOf(row)} wrote others, too`);
}

/**
 * Verifies a warehouse in whatever state it is, now and then after somebody else has changed a row that was right. Such a fault is
 * repaired; but where an event names the object that no run has read, it is left to the next run, like what else is returned.
 */
export async function verifyAsItIs(world: World): Promise<LeftToNextRun> {
  // A row that is dropped would be inserted twice.
  const tampered = world.verifying.chance(0.5)
    ? await tamper(world, ["mark-deleted", "change-payload", "change-payload-and-hash"])
    : null;
  const found = await verifyLorchestra(world, { jobs: JOB_NAMES, repair: false });
  const left = await expectVerified(world, found);
  if (tampered === null) return left;
  const name = nameOf(tampered.row);
  if (!left.has(name)) await repair(world, tampered.row);
  // Its hash is right, so that no run would write it.
  else if (tampered.tampering === "change-payload") throw new Error(`verify left ${name} to the next run`);
  return left;
}

async function tamper(world: World, hands: readonly Tampering[]): Promise<Tampered | null> {
  const right = (await rowsOn(world)).filter(rightIn(world));
  const row = right[world.verifying.integer(Math.max(1, right.length))];
  const tampering = hands[world.verifying.integer(hands.length)];
  if (row === undefined || tampering === undefined) return null;
  await world.disk.tamper(row.idem_key, tampering);
  world.note(`${nameOf(row)} ${tampering}`);
  return { row, tampering };
}

/** Returns how many objects were repaired. */
async function repair(world: World, row: Row): Promise<number> {
  const { status, jobs } = await verifyLorchestra(world, { jobs: JOB_NAMES, repair: true });
  const remaining = jobs.reduce((sum, { repair: result }) => sum + (result?.remaining ?? 0), 0);
  if (status !== "equal" || remaining > 0) throw new Error(`a repair was ${status}, and ${remaining} remain`);
  const after = (await rowsOn(world)).find(({ idem_key }) => idem_key === row.idem_key);
  if (after === undefined || !rightIn(world)(after)) throw new Error(`${nameOf(row)} was not repaired`);
  return jobs.reduce((sum, { repair: result }) => sum + (result?.repaired ?? 0), 0);
}

function faultsIn({ jobs }: VerifyReport): (readonly [string, Fault])[] {
  return jobs.flatMap((stream) =>
    stream.findings.flatMap(({ id, standing }) =>
      isFault(standing) ? [[`${typeOf(stream)} ${id}`, standing] as const] : [],
    ),
  );
}

function nameOf(row: Row): string {
  return `${row.object_type} ${row.external_id}`;
}

/** Tells live rows that are as their objects are. */
function rightIn(world: World): (row: Row) => boolean {
  const texts = new Map<string, string>(
    OBJECT_TYPES.flatMap((objectType) =>
      objectsOf(world, objectType).flatMap(({ id, json, deleted }) =>
        deleted || isRefused(json) ? [] : [[`${objectType} ${id}`, json] as const],
      ),
    ),
  );
  return (row) => row.deleted_at === null && texts.get(nameOf(row)) === plain(row.payload);
}
