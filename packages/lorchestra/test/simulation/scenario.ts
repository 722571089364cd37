import fc from "fast-check";
import type { Latency } from "stripe-sandbox";
import { course } from "./courses.js";
import type { WarehouseKind } from "./disk.js";
import { type Step, step } from "./steps.js";

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
  /** Whether it could ever read Stripe's events. */
  readonly readsEvents: boolean;
  /** Whether it could ever read whose account it is of. */
  readonly readsAccount: boolean;
}

/** The machine that lorchestra runs on. */
export interface MachinePlan {
  /** How far its clock is off. */
  readonly skewMs: number;
  readonly warehouse: WarehouseKind;
  readonly commitRows: number;
  readonly seed: number;
}

export const API_VERSIONS = ["2026-10-28.endive", "2024-06-20", "2022-08-01"] as const;

const count = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 60 }));

/** So many of one type that the steps of the sweep in a few runs, a page each, do not show what should have come otherwise. */
const large = fc.option(
  fc.record({
    type: fc.constantFrom("customers" as const, "customers" as const, "paymentIntents" as const, "invoices" as const),
    count: fc.integer({ min: 300, max: 480 }),
  }),
  { freq: 2 },
);

const counts = fc
  .tuple(fc.record({ customers: count, invoices: count, paymentIntents: count, refunds: count }), large)
  .map(([counts, large]) => (large === null ? counts : { ...counts, [large.type]: large.count }));

const account: fc.Arbitrary<AccountPlan> = fc
  .tuple(
    counts,
    fc.record({
      seed: fc.nat(1_000_000),
      hotShare: fc.oneof(fc.constant(0), fc.constantFrom(0.1, 0.5, 1)),
      undated: fc.oneof(
        { weight: 3, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 130 }) },
      ),
      days: fc.constantFrom(1, 20, 400),
    }),
  )
  .map(([counts, plan]) => ({ ...counts, ...plan }));

const api: fc.Arbitrary<ApiPlan> = fc.record({
  layout: fc.constantFrom("compact" as const, "indented" as const),
  volatile: fc.boolean(),
  latency: fc
    .record({ medianMs: fc.constantFrom(20, 300, 2_000), sigma: fc.constantFrom(0, 0.4, 1), seed: fc.nat(1_000) })
    .map((latency): Latency => latency),
  rateLimits: fc.constantFrom("stripe" as const, "off" as const),
  hasSilentChanges: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  lagMs: fc.constantFrom(0, 0, 1_000, 60_000, 800_000, 800_000),
  duplicates: fc.constantFrom(0, 0.3),
  disorderMs: fc.constantFrom(0, 5_000, 60_000),
  isRestricted: fc.boolean(),
  readsEvents: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  readsAccount: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

const machine: fc.Arbitrary<MachinePlan> = fc.record({
  skewMs: fc.constantFrom(0, -7_200_000, 90_000_000),
  // The database takes most of the time.
  warehouse: fc.oneof(
    { weight: 3, arbitrary: fc.constant("memory" as const) },
    { weight: 1, arbitrary: fc.constant("duckdb" as const) },
  ),
  commitRows: fc.constantFrom(8_192, 1, 20, 150),
  seed: fc.nat(1_000_000),
});

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  account,
  api,
  machine,
  steps: fc
    .array(fc.oneof({ weight: 1, arbitrary: step.map((step) => [step]) }, { weight: 1, arbitrary: course }), {
      minLength: 1,
      maxLength: 6,
      size: "max",
    })
    .map((steps) => steps.flat()),
});
