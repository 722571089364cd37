import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Starts the files that take longest first: without it they would be the tail of a run, one at a time beside an idle core.
 *
 * They are small, as most of their time goes to an emulator or a command that they wait for, and Vitest by default starts
 * the largest files first.
 */
export class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byDefault = await super.sort(files);
    return byDefault.toSorted((one, other) => rank(one.moduleId) - rank(other.moduleId));
  }
}

/** The slowest kinds of files, slowest first. */
const SLOWEST = [
  /\/warehouse\/bigquery\.test\.ts$/,
  /\/e2e\//,
  /\/bigquery\//,
  /\/(layout|merging|stripe-faults|simulation|duckdb-conformance)\.test\.ts$/,
];

function rank(path: string): number {
  const index = SLOWEST.findIndex((pattern) => pattern.test(path));
  return index === -1 ? SLOWEST.length : index;
}
