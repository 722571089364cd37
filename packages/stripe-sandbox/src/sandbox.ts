import type { AddressInfo } from "node:net";
import { type Account, createAccount } from "./account.js";
import { type ApiSettings, createApiServer } from "./api/api-server.js";
import { createKeyRing } from "./api/key-ring.js";
import { createRequestLog, type RequestLog } from "./api/request-log.js";
import { type ClockOptions, createClock, type SandboxClock } from "./clock.js";
import { randomFor } from "./random.js";
import { mensio } from "./scenarios/mensio.js";
import { empty, type Scenario } from "./scenarios/scenario.js";
import { type AccountOptions, createAccountStore } from "./store/account.js";

export interface SandboxOptions extends Partial<ApiSettings> {
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
  /** How bodies are written. Settable while it runs. */
  readonly settings: ApiSettings;
  /** Adds an account, or the other mode of one; it has its own keys and objects. */
  addAccount(options?: AccountOptions, scenario?: Scenario): Account;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a sandbox on a port of this machine. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, seed = 1, scenario = "empty" } = options;
  const clock = isClock(options.clock) ? options.clock : createClock(options.clock);
  const keys = createKeyRing(randomFor(seed, "keys"));
  const log = createRequestLog();
  const settings: ApiSettings = {
    layout: options.layout ?? "compact",
    volatile: options.volatile ?? false,
    recordIds: options.recordIds ?? false,
  };
  const accounts: Account[] = [];
  const addAccount = (accountOptions: AccountOptions = {}, filledBy: Scenario = empty): Account => {
    const store = createAccountStore(clock, accountOptions);
    filledBy.populate(store);
    const account = createAccount(store, keys);
    accounts.push(account);
    return account;
  };
  const account = addAccount(options.account, scenarioOf(scenario));

  const server = createApiServer({ clock, keys, log, settings, random: randomFor(seed, "requests") });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;

  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });

  return Object.defineProperties({} as Sandbox, {
    ...Object.getOwnPropertyDescriptors(account),
    ...Object.getOwnPropertyDescriptors({
      url: `http://${host}:${address.port}`,
      port: address.port,
      clock,
      account,
      accounts,
      requests: log,
      settings,
      addAccount,
      close,
      [Symbol.asyncDispose]: close,
    }),
  });
}

function isClock(clock: ClockOptions | SandboxClock | undefined): clock is SandboxClock {
  return clock !== undefined && "advance" in clock;
}

function scenarioOf(scenario: "empty" | "mensio" | Scenario): Scenario {
  if (typeof scenario !== "string") return scenario;
  return scenario === "mensio" ? mensio() : empty;
}
