import fc from "fast-check";
import { NEWEST_FIRST } from "./apply-change.js";
import type { Change, ChangeKind, Moment } from "./moments.js";
import { change, moment, type RunStep, type Step } from "./steps.js";

/** A few steps that follow each other closely: there a reader loses changes, and steps drawn one by one seldom do. */
type Course = readonly Step[];

/** A run between a change and its event. The position in the change feed may not pass an event that is not there yet. */
const lateEvent = fc
  .tuple(announced(), fc.oneof(upToMs(65_000), fc.integer({ min: 60_000, max: 400_000 })), jobs(), upToMs(1_200_000))
  .map(([changes, beforeMs, jobs, afterMs]): Course => [happen(changes), wait(beforeMs), run(jobs), wait(afterMs)]);

/**
 * Many small runs, of which each reads what the one before has read, and which has changed since: within the same second,
 * so that Stripe's clock may not tell their readings apart.
 */
const closeRuns = fc
  .tuple(
    jobs(),
    fc.nat(NEWEST_FIRST + 20),
    announced(),
    fc.array(fc.oneof(fc.constant(0), upToMs(1_500)), { minLength: 2, maxLength: 6 }),
  )
  .map(([jobs, pick, others, waits]): Course =>
    waits.flatMap((waitMs, index): Course => {
      const same = { ...changed("largest.change", pick), count: 2 };
      return [happen(index === 0 ? [same, ...others] : [same]), run(jobs), ...(waitMs > 0 ? [wait(waitMs)] : [])];
    }),
  );

/** An object that is listed only some time after its `created`, when a run has listed later ones. No event tells of it. */
const appearing = fc
  .tuple(
    upToMs(1_200_000),
    fc.constantFrom<ChangeKind>("customer.appear", "payment_intent.appear"),
    fc.nat(80),
    fc.integer({ min: 1, max: 3 }),
    upToMs(120_000),
  )
  .map(([beforeMs, what, pick, count, afterMs]): Course => [
    run(15),
    wait(beforeMs),
    happen([{ what, pick, count, isSilent: true }]),
    wait(afterMs),
    run(15),
  ]);

/** An object that is made without an event just before a run. */
const silentCreation = fc
  .tuple(
    fc.constantFrom<ChangeKind>("customer.create", "invoice.create", "payment_intent.create", "refund.create"),
    fc.nat(60),
    upToMs(2_000),
  )
  .map(([what, pick, waitMs]): Course => [happen([{ what, pick, count: 2, isSilent: true }]), wait(waitMs), run(15)]);

/** A run that is killed, and the next one at once. */
const killedAndResumed = fc
  .tuple(announced(), kill(), upToMs(5_000), kill())
  .map(([changes, first, waitMs, second]): Course => [
    happen(changes),
    run(15, [first]),
    wait(waitMs),
    run(15, [second]),
    run(15),
  ]);

/** Changes while a run reads, of which some answers come later than others, and a run at once. */
const changesMeanwhile = fc
  .tuple(
    jobs(),
    fc.array(moment, { minLength: 2, maxLength: 4 }),
    fc.array(announced(), { minLength: 4, maxLength: 4 }),
  )
  .map(([jobs, moments, drawn]): Course => [
    run(
      jobs,
      moments.map(({ at }, index) => ({ at, action: { kind: "change", changes: drawn[index] ?? [] } })),
    ),
    run(jobs),
  ]);

/** Invoices with more lines than a list shows, which grow while they are being read. */
const growingInvoices = fc
  .tuple(
    fc.integer({ min: 11, max: 60 }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(4)), { minLength: 2, maxLength: 5 }),
  )
  .map(([lines, growth]): Course => [
    happen([{ what: "invoice.create", pick: lines, count: 3, isSilent: false }]),
    run(
      2,
      growth.map(([at, pick]) => ({
        at,
        action: { kind: "change", changes: [changed("invoice.addLine", NEWEST_FIRST + pick)] },
      })),
    ),
    run(2),
  ]);

/** A customer who is deleted, stored as such, and comes back. */
const deletedAndBack = fc
  .tuple(fc.nat(NEWEST_FIRST + 20), upToMs(3_000), upToMs(3_000))
  .map(([pick, beforeMs, afterMs]): Course => [
    happen([changed("customer.delete", pick)]),
    wait(beforeMs),
    run(1),
    happen([changed("customer.return", pick)]),
    wait(afterMs),
    run(1),
  ]);

export const course: fc.Arbitrary<Course> = fc.oneof(
  { weight: 3, arbitrary: lateEvent },
  { weight: 2, arbitrary: closeRuns },
  { weight: 2, arbitrary: appearing },
  { weight: 1, arbitrary: silentCreation },
  { weight: 3, arbitrary: killedAndResumed },
  { weight: 1, arbitrary: changesMeanwhile },
  { weight: 1, arbitrary: growingInvoices },
  { weight: 1, arbitrary: deletedAndBack },
);

/** One or two changes that Stripe has an event of, most of them where no step of the sweep would find them. */
function announced(): fc.Arbitrary<readonly Change[]> {
  const largest = fc
    .tuple(change, fc.integer({ min: 1, max: 8 }))
    .map(([drawn, count]): Change => ({ ...drawn, what: "largest.change", count, isSilent: false }));
  const any = change.map((drawn): Change => ({ ...drawn, count: Math.min(drawn.count, 3), isSilent: false }));
  const one = fc.oneof({ weight: 2, arbitrary: largest }, { weight: 1, arbitrary: any });
  return fc.array(one, { minLength: 1, maxLength: 2 });
}

/** At any moment, or just before a transaction ends. */
function kill(): fc.Arbitrary<Moment> {
  const action = { kind: "kill" } as const;
  return fc.oneof(
    fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 200 })).map((at): Moment => ({ at, action })),
    fc.integer({ min: 1, max: 6 }).map((at): Moment => ({ at, inCommits: true, action })),
  );
}

function jobs(): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(15), fc.integer({ min: 1, max: 15 }));
}

function upToMs(ms: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: ms });
}

function changed(what: Change["what"], pick: number): Change {
  return { what, pick, count: 1, isSilent: false };
}

function happen(changes: readonly Change[]): Step {
  return { kind: "change", changes };
}

function wait(ms: number): Step {
  return { kind: "wait", ms };
}

function run(jobs: number, moments: readonly Moment[] = []): RunStep {
  const allowDeletes = true;
  return { kind: "run", jobs, mode: "incremental", since: 1, until: null, allowDeletes, faults: [], moments };
}
