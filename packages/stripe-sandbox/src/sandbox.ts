import type { Account } from "./account.js";
import type { ApiOptions } from "./api/api-settings.js";
import type { RequestLog } from "./api/request-log.js";
import type { ClockOptions, SandboxClock } from "./clock.js";
import type { Faults } from "./faults/fault.js";
import type { Scenario } from "./scenarios/scenario.js";
import type { AccountOptions } from "./store/account-store.js";

export interface SandboxOptions extends Partial<ApiOptions> {
  /** What the first account holds. Default: `empty`. */
  readonly scenario?: "empty" | "mensio" | Scenario;
  /** The first account; see {@link Sandbox.addAccount} for others. */
  readonly account?: AccountOptions;
  /** The machine's time unless given. */
  readonly clock?: ClockOptions | SandboxClock;
  /** Default: 0, any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Seed of request ids and keys. Default: 1. */
  readonly seed?: number;
}

/**
 * A running stand-in for Stripe's API. The members of {@link Account} act on its first account.
 *
 * @example
 * await using sandbox = await startSandbox({ scenario: "mensio" });
 * const stripe = new Stripe(sandbox.key, { host: "127.0.0.1", port: sandbox.port, protocol: "http" });
 */
export interface Sandbox extends Account, AsyncDisposable {
  /** `http://127.0.0.1:54321`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly clock: SandboxClock;
  /** The first account, on which the sandbox's own mutations act. */
  readonly account: Account;
  readonly accounts: readonly Account[];
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** How the API behaves. Settable while it runs. */
  readonly settings: ApiOptions;
  /** Adds an account, or the other mode of one; it has its own keys and objects. */
  addAccount(options?: AccountOptions, scenario?: Scenario): Account;
  /** Ends all connections and refuses new ones until {@link Sandbox.listen}. */
  refuse(): Promise<void>;
  /** Takes connections again, on the same port. */
  listen(): Promise<void>;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}
