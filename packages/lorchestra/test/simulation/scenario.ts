import fc from "fast-check";
import type { FaultRule, Latency } from "stripe-sandbox";
import { faultRule } from "./fault-plan.js";
import { type Change, CHANGE_KINDS, type Moment, type MomentAction } from "./moments.js";

/** A course of events: an account, and what happens to it and to its runs. Everything that a simulation does comes from here. */
export interface Scenario {
  readonly account: AccountPlan;
  readonly api: ApiPlan;
  readonly machine: MachinePlan;
  readonly steps: readonly Step[];
}

/** What the account holds at first. */
export interface AccountPlan {
  readonly seed: number;
  readonly customers: number;
  readonly invoices: number;
  readonly paymentIntents: number;
  readonly refunds: number;
  /** Objects that were created in one and the same second, in [0, 1]. */
  readonly hotShare: number;
  /** Customers without `created`. */
  readonly undated: number;
  /** How many days old the oldest object is. */
  readonly days: number;
}

/** How Stripe behaves. */
export interface ApiPlan {
  readonly layout: "compact" | "indented";
  readonly volatile: boolean;
  readonly latency: Latency;
  readonly rateLimits: "stripe" | "off";
  /** Some changes have no event; a history with them lasts until the sweep has passed. */
  readonly hasSilentChanges: boolean;
  /** Of events. */
  readonly lagMs: number;
  readonly duplicates: number;
  readonly disorderMs: number;
  /** The key is a restricted one, which can lose permissions. */
  readonly isRestricted: boolean;
}

/** The machine that lorchestra runs on. */
export interface MachinePlan {
  /** How far its clock is off. */
  readonly skewMs: number;
  readonly commitRows: number;
  readonly seed: number;
}

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

export const API_VERSIONS = ["2026-10-28.endive", "2024-06-20", "2022-08-01"] as const;

const count = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 8 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 120 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 400 }) },
);

const account: fc.Arbitrary<AccountPlan> = fc.record({
  seed: fc.nat(1_000_000),
  customers: count,
  invoices: count,
  paymentIntents: count,
  refunds: fc.integer({ min: 0, max: 60 }),
  hotShare: fc.oneof(fc.constant(0), fc.constantFrom(0.1, 0.5, 1)),
  undated: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 130 }) },
  ),
  days: fc.constantFrom(1, 20, 400),
});

const api: fc.Arbitrary<ApiPlan> = fc.record({
  layout: fc.constantFrom("compact" as const, "indented" as const),
  volatile: fc.boolean(),
  latency: fc
    .record({ medianMs: fc.constantFrom(20, 300, 2_000), sigma: fc.constantFrom(0, 0.4, 1), seed: fc.nat(1_000) })
    .map((latency): Latency => latency),
  rateLimits: fc.constantFrom("stripe" as const, "off" as const),
  hasSilentChanges: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  lagMs: fc.constantFrom(0, 1_000, 60_000, 800_000),
  duplicates: fc.constantFrom(0, 0.3),
  disorderMs: fc.constantFrom(0, 5_000, 60_000),
  isRestricted: fc.boolean(),
});

const machine: fc.Arbitrary<MachinePlan> = fc.record({
  skewMs: fc.constantFrom(0, -7_200_000, 90_000_000),
  commitRows: fc.constantFrom(8_192, 1, 20, 150),
  seed: fc.nat(1_000_000),
});

const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom(...CHANGE_KINDS),
  pick: fc.nat(1_000),
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

const moment: fc.Arbitrary<Moment> = fc.record({
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

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: run },
  { weight: 6, arbitrary: changes.map((changes) => ({ kind: "change", changes }) as const) },
  { weight: 4, arbitrary: wait.map((ms) => ({ kind: "wait", ms }) as const) },
  { weight: 1, arbitrary: fc.boolean().map((isTestMode) => ({ kind: "wrong-key", isTestMode }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((version) => ({ kind: "api-version", version }) as const) },
  { weight: 1, arbitrary: fc.nat(2).map((version) => ({ kind: "account-version", version }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: "new-key" } as const) },
  { weight: 2, arbitrary: fc.nat(1_000).map((pick) => ({ kind: "late-write", pick }) as const) },
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  account,
  api,
  machine,
  steps: fc.array(step, { minLength: 1, maxLength: 10, size: "max" }),
});
