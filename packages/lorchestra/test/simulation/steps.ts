import fc from "fast-check";
import type { FaultRule } from "stripe-sandbox";
import { NEWEST_FIRST } from "./apply-change.js";
import { faultRule } from "./fault-plan.js";
import { type Change, CHANGE_KINDS, type Moment, type MomentAction } from "./moments.js";

export type Step =
  | { readonly kind: "change"; readonly changes: readonly Change[] }
  | { readonly kind: "wait"; readonly ms: number }
  | RunStep
  /** A run with the key of another account. */
  | { readonly kind: "wrong-key"; readonly isTestMode: boolean }
  | { readonly kind: "api-version"; readonly version: number }
  | { readonly kind: "account-version"; readonly version: number }
  | { readonly kind: "new-key" }
  /** What an earlier run once wrote arrives at the warehouse once more. */
  | { readonly kind: "late-write"; readonly pick: number };

export interface RunStep {
  readonly kind: "run";
  /** Which of the four jobs, by bits. */
  readonly jobs: number;
  readonly mode: RunKind;
  /** Of a windowed run: how long ago, in seconds; `until` null means now. */
  readonly since: number;
  readonly until: number | null;
  readonly allowDeletes: boolean;
  readonly faults: readonly FaultRule[];
  readonly moments: readonly Moment[];
}

/** `rehearsal`: a dry run, then the same run in earnest, which has to do what was said. */
export type RunKind = "incremental" | "window" | "full" | "dry" | "test-table" | "rehearsal";

export const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom(...CHANGE_KINDS),
  pick: fc.oneof(fc.nat(NEWEST_FIRST - 1), fc.integer({ min: NEWEST_FIRST, max: NEWEST_FIRST + 200 })),
  count: fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 2, arbitrary: fc.integer({ min: 2, max: 20 }) },
    { weight: 1, arbitrary: fc.integer({ min: 21, max: 130 }) },
  ),
  isSilent: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const changes = fc.array(change, { minLength: 1, maxLength: 6 });

const PERMISSIONS = ["event_read", "customer_read", "invoice_read", "payment_intent_read", "charge_read"] as const;

const action: fc.Arbitrary<MomentAction> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "kill" } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: "interrupt" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "refuse" } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "overlap" } as const) },
  { weight: 3, arbitrary: changes.map((changes) => ({ kind: "change", changes }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "lose-key" } as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...PERMISSIONS).map((permission) => ({ kind: "lose-permission", permission }) as const),
  },
);

export const moment: fc.Arbitrary<Moment> = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 120 })),
  action,
});

const run: fc.Arbitrary<RunStep> = fc.record({
  kind: fc.constant("run" as const),
  jobs: fc.oneof(fc.constant(15), fc.integer({ min: 1, max: 15 })),
  mode: fc.oneof(
    { weight: 8, arbitrary: fc.constant("incremental" as const) },
    { weight: 1, arbitrary: fc.constant("window" as const) },
    { weight: 1, arbitrary: fc.constant("full" as const) },
    { weight: 1, arbitrary: fc.constant("dry" as const) },
    { weight: 1, arbitrary: fc.constant("test-table" as const) },
    { weight: 1, arbitrary: fc.constant("rehearsal" as const) },
  ),
  since: fc.integer({ min: 1, max: 40 * 86_400 }),
  until: fc.option(fc.integer({ min: 0, max: 10 * 86_400 })),
  allowDeletes: fc.boolean(),
  faults: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(faultRule, { minLength: 1, maxLength: 4 }) },
  ),
  moments: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(moment, { minLength: 1, maxLength: 3 }) },
  ),
});

const wait = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 120 }).map((seconds) => seconds * 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 7_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 48 }).map((hours) => hours * 3_600_000) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((days) => days * 86_400_000) },
);

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: run },
  { weight: 6, arbitrary: changes.map((changes) => ({ kind: "change", changes }) as const) },
  { weight: 4, arbitrary: wait.map((ms) => ({ kind: "wait", ms }) as const) },
  { weight: 1, arbitrary: fc.boolean().map((isTestMode) => ({ kind: "wrong-key", isTestMode }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((version) => ({ kind: "api-version", version }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((version) => ({ kind: "account-version", version }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "new-key" } as const) },
  { weight: 2, arbitrary: fc.nat(1_000).map((pick) => ({ kind: "late-write", pick }) as const) },
);
