import type { AccountStore } from "../store/account-store.js";

/** A way to fill an account. The same scenario, seed and time give the same objects. */
export interface Scenario {
  readonly name: string;
  populate(account: AccountStore): void;
}

/** An account without any object. */
export const empty: Scenario = { name: "empty", populate: () => {} };
