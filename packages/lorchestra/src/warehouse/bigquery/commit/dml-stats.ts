import { LorchestraError } from "../../../errors.js";
import type { Place } from "../address.js";
import { classify } from "../api/classify.js";
import type { Jobs } from "../api/jobs.js";
import { backoffMs, type Pace } from "../api/pace.js";
import type { JobResource } from "../api/resources.js";
import type { COUNTS } from "./merge-sql.js";

interface CheckTools {
  readonly jobs: Jobs;
  readonly pace: Pace;
  readonly place: Place;
}

/** How often the list of a script's statements is read that lacks some. */
const MAX_LOOKS = 5;

/** What the script has counted must be what its statement has written, by BigQuery's own account. */
export async function checkAgainstDmlStats(
  tools: CheckTools,
  stream: string,
  job: JobResource,
  counts: Readonly<Record<(typeof COUNTS)[number], number>>,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 1; ; look += 1) {
    const statements = await statementsOf(tools, stream, job, signal);
    const { inserted, changed } = writtenBy(statements);
    if (inserted === counts.n_inserted + counts.n_joined && inserted + changed === counts.n_rows) return;
    // The list may lack for a moment what has just run.
    const areAll = statements.length >= Number(job.statistics?.numChildJobs ?? 0);
    if (areAll || look >= MAX_LOOKS) {
      throw new LorchestraError("WAREHOUSE_FAILED", `BigQuery's counts of a commit of ${stream} do not agree`, {
        hint: "report this, and run `lorchestra verify` to see whether the rows are right",
        facts: { inserted, changed, counted_inserted: counts.n_inserted, counted_rows: counts.n_rows },
      });
    }
    await tools.pace.sleep(backoffMs(look, tools.pace.random()), signal);
  }
}

async function statementsOf(
  { jobs, place }: CheckTools,
  stream: string,
  job: JobResource,
  signal: AbortSignal,
): Promise<readonly JobResource[]> {
  try {
    return await jobs.children(job.jobReference?.jobId ?? "", signal);
  } catch (error) {
    throw classify(error, place, { what: `say what a commit of ${stream} has written, which took place` });
  }
}

/** What the script's first statement has written that can write rows; those after it write the quarantine and the checkpoint. */
function writtenBy(statements: readonly JobResource[]): { inserted: number; changed: number } {
  const [write] = statements
    .filter(({ statistics }) => ["MERGE", "INSERT"].includes(statistics?.query?.statementType ?? ""))
    .toSorted((a, b) => orderOf(a) - orderOf(b) || suffixOf(a) - suffixOf(b));
  const stats = write?.statistics?.query?.dmlStats;
  return {
    inserted: Number(stats?.insertedRowCount ?? 0),
    changed: Number(stats?.updatedRowCount ?? 0) + Number(stats?.deletedRowCount ?? 0),
  };
}

/** Statements of a script run one after another; an emulator's clock may not tell them apart, its ids do. */
function orderOf(job: JobResource): number {
  return Number(job.statistics?.creationTime ?? 0);
}

function suffixOf(job: JobResource): number {
  return Number(/\d+$/.exec(job.jobReference?.jobId ?? "")?.[0] ?? 0);
}
