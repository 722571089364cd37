import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { otherFiles, type Place, type Tables } from "./place.js";
import { throwProblems } from "./violation.js";

/** What a killed run may leave, as docs/reliability.md has it; the next run takes it away. */
const AFTER_A_KILL = [
  /^lorchestra\.duckdb\.(?:wal|holder|new-\d+|new-\d+\.wal)$/,
  /^lorchestra\.duckdb\.tmp\/.+$/,
  // The one name that what is staged has until the file is open.
  /^lorchestra\.duckdb\.staged-\d+-[0-9a-f]+$/,
  /^\.lorchestra\/events-[^/]+\.ndjson(?:\.part)?$/,
  /^tmp\/lorchestra-bigquery-\w+\/[^/]+$/,
  /^tmp\/lorchestra-\d+\.tmp\/.+$/,
];

/** After a run that completed there is nothing but the project and its warehouse. */
export function compareFiles(place: Place, tables: Tables): void {
  const problems = otherFiles(place.directory).map((name) => `${name} is left`);
  for (const name of tables.staging) problems.push(`the staging table ${name} is left`);
  for (const name of tables.leases) problems.push(`the lease of ${name} is held`);
  throwProblems("a run that completed has left something behind", problems);
}

export function compareFilesAfterKill(place: Place): void {
  const strays = otherFiles(place.directory).filter((name) => !AFTER_A_KILL.some((pattern) => pattern.test(name)));
  throwProblems(
    "a killed run has left what no page tells of",
    strays.map((name) => `${name} is left`),
  );
}

/** Of a DuckDB file and its log: what a dry run may not change, whenever it is killed. */
export function fingerprintOf({ directory }: Place): string {
  const hash = createHash("sha256");
  for (const name of ["lorchestra.duckdb", "lorchestra.duckdb.wal"]) {
    const path = join(directory, name);
    hash.update(existsSync(path) ? readFileSync(path) : "none");
  }
  return hash.digest("hex");
}
