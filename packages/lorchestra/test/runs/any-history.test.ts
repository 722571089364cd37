import fc from "fast-check";
import { SourceError } from "injest";
import { expect, test } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import { runJobs } from "../../src/runs/run-jobs.js";
import type { Load, Warehouse } from "../../src/warehouse/warehouse.js";
import { type RunRig, runRig, THINGS } from "./run-rig.js";

/** What may happen, in any order, before all goes well again. */
type Step =
  | { readonly kind: "put"; readonly id: number; readonly n: number }
  | { readonly kind: "delete"; readonly id: number }
  | { readonly kind: "run"; readonly trouble: Trouble; readonly at: number; readonly full: boolean };

/** `at` counts pages, retrievals or commits. A refused commit stores nothing; one whose answer is lost has stored all. */
type Trouble = "none" | "page fails" | "retrieval fails" | "interrupted" | "commit refused" | "commit's answer lost";

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("put" as const), id: fc.nat(15), n: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), id: fc.nat(15) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      trouble: fc.constantFrom<Trouble>(
        "none",
        "page fails",
        "retrieval fails",
        "interrupted",
        "commit refused",
        "commit's answer lost",
      ),
      at: fc.integer({ min: 1, max: 4 }),
      full: fc.boolean(),
    }),
  },
);

const seed = Number(process.env["LORCHESTRA_TEST_SEED"] ?? Date.now() % 2 ** 31);

test(
  `whatever happened before, a run that completes leaves what the source holds (seed ${seed})`,
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        await using rig = runRig();
        const ids = new Set<string>();
        for (const one of steps) await take(one, rig, ids);
        await take({ kind: "run", trouble: "none", at: 1, full: false }, rig, ids);
        await expectTruth(rig, ids);
        await expectOneEndEach(rig);
      }),
      { numRuns: 12, seed },
    );
  },
);

async function take(one: Step, rig: RunRig, ids: Set<string>): Promise<void> {
  const { source } = rig;
  if (one.kind === "run") return run(one, rig);
  const id = `th_${one.id}`;
  if (one.kind === "delete") {
    if (ids.delete(id)) source.delete(id);
    return;
  }
  // `created` never changes in an object's life.
  source.put(id, { n: one.n, ...(ids.has(id) ? {} : { created: 1_700_000_000 + (one.id % 6) }) });
  ids.add(id);
}

async function run({ trouble, at, full }: Step & { kind: "run" }, rig: RunRig): Promise<void> {
  const interruption = new AbortController();
  const seen = { page: 0, retrieve: 0 };
  rig.source.before = ({ kind }) => {
    seen[kind] += 1;
    if (seen[kind] !== at) return;
    if (trouble === "interrupted" && kind === "page") interruption.abort(new Error("SIGINT"));
    if (trouble === (kind === "page" ? "page fails" : "retrieval fails")) {
      throw new SourceError("SOURCE_UNREACHABLE", "unreachable", { hint: "wait" });
    }
  };
  const wrap = (warehouse: Warehouse): Warehouse => troubled(warehouse, trouble, at);
  const report = await rig.run((context) => runJobs([{ job: THINGS, context }]), {
    full,
    wrap,
    signal: interruption.signal,
  });
  rig.source.before = () => undefined;
  if (trouble === "none") expect(report).toMatchObject({ status: "completed" });
}

/** Commits every second row; and the commit that is meant is refused, or its answer is lost. */
function troubled(warehouse: Warehouse, trouble: Trouble, at: number): Warehouse {
  let commits = 0;
  const commitOf =
    (load: Load): Load["commit"] =>
    async (...given) => {
      commits += 1;
      const lost = new LorchestraError("WAREHOUSE_UNREACHABLE", "no answer", { hint: "wait" });
      if (commits === at && trouble === "commit refused") throw lost;
      const result = await load.commit(...given);
      if (commits === at && trouble === "commit's answer lost") throw lost;
      return result;
    };
  const beginLoad: Warehouse["beginLoad"] = async (...given) => {
    const load = await warehouse.beginLoad(...given);
    return Object.create(load, { commit: { value: commitOf(load) } }) as Load;
  };
  const { capabilities } = warehouse;
  return Object.create(warehouse, {
    beginLoad: { value: beginLoad },
    capabilities: { value: { ...capabilities, commitAfter: { ...capabilities.commitAfter, rows: 2 } } },
  }) as Warehouse;
}

async function expectTruth(rig: RunRig, ids: ReadonlySet<string>): Promise<void> {
  const rows = await rig.rows("SELECT external_id, payload FROM events_dev.raw_objects WHERE deleted_at IS NULL");
  const held = Object.fromEntries(rows.map((row) => [String(row["external_id"]), row["payload"]]));
  expect(held).toEqual(Object.fromEntries([...ids].map((id) => [id, rig.source.json(id)])));
}

async function expectOneEndEach(rig: RunRig): Promise<void> {
  const wrong = await rig.rows(`
    SELECT correlation_id FROM events_dev.event_log GROUP BY correlation_id
    HAVING count(*) FILTER (event_type = 'job.started') <> 1
        OR count(*) FILTER (event_type IN ('job.completed', 'job.failed')) <> 1`);
  expect(wrong).toEqual([]);
}
