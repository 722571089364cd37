/**
 * What happens to a run while it is under way: at its so-and-so-many-th moment.
 *
 * A moment is a request that is sent, or the beginning or the end of a call of the warehouse: whatever a run does lies
 * between two of them, and whatever comes from outside can come at each of them.
 */
export interface Moment {
  /** Counted from 1. A run that ends before is not touched. */
  readonly at: number;
  /** Counts only the moments just before a transaction of the database ends, when all of it is written and none of it is durable. */
  readonly inCommits?: boolean;
  readonly action: MomentAction;
}

export type MomentAction =
  /** The process ends at once, as by SIGKILL: nothing that it does afterwards has any effect. */
  | { readonly kind: "kill" }
  /** It is asked to stop, as by SIGINT. */
  | { readonly kind: "interrupt" }
  /** The warehouse refuses the next call, which has no effect. */
  | { readonly kind: "refuse" }
  /** Another run of the same jobs begins. */
  | { readonly kind: "overlap" }
  /** The account changes. */
  | { readonly kind: "change"; readonly changes: readonly Change[] }
  /** The key is revoked, or loses a permission. */
  | { readonly kind: "lose-key" }
  | { readonly kind: "lose-permission"; readonly permission: string };

/** One thing that happens in the account. What is not possible just then does not happen. */
export interface Change {
  /** `largest.change`: one that Stripe has an event of, of the type of which the account has most. */
  readonly what: ChangeKind | "largest.change";
  /** Chooses the object among those that there are. */
  readonly pick: number;
  /** So many objects in a row. */
  readonly count: number;
  /** Without a Stripe event. */
  readonly isSilent: boolean;
}

export const CHANGE_KINDS = [
  "customer.create",
  "customer.update",
  "customer.delete",
  "customer.restore",
  "customer.return",
  "customer.appear",
  "invoice.create",
  "invoice.addLine",
  "invoice.finalize",
  "invoice.pay",
  "invoice.void",
  "invoice.update",
  "invoice.delete",
  "invoice.odd",
  "payment_intent.create",
  "payment_intent.succeed",
  "payment_intent.cancel",
  "payment_intent.update",
  "payment_intent.appear",
  "refund.create",
  "refund.update",
  "refund.fail",
  "refund.remove",
] as const;

export type ChangeKind = (typeof CHANGE_KINDS)[number];
