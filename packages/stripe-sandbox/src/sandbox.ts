import type { AddressInfo } from "node:net";
import { type Account, createAccount } from "./account.js";
import { createApiServer } from "./api/api-server.js";
import { type ApiOptions, createApiSettings } from "./api/api-settings.js";
import { createKeyRing } from "./api/key-ring.js";
import { createRequestLog, type RequestLog } from "./api/request-log.js";
import { type ClockOptions, createClock, type SandboxClock } from "./clock.js";
import { runCommand } from "./control/control.js";
import type { Faults } from "./faults/fault.js";
import { createFaultRules } from "./faults/fault-rules.js";
import { randomFor } from "./random.js";
import { mensio } from "./scenarios/mensio.js";
import { empty, type Scenario } from "./scenarios/scenario.js";
import { type AccountOptions, createAccountStore } from "./store/account.js";

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

/** Starts a sandbox on a port of this machine. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = "127.0.0.1", seed = 1, scenario = "empty" } = options;
  const clock = isClock(options.clock) ? options.clock : createClock(options.clock);
  const keys = createKeyRing(randomFor(seed, "keys"));
  const log = createRequestLog();
  const settings = createApiSettings(options);
  const faults = createFaultRules();
  const accounts: Account[] = [];
  const addAccount = (accountOptions: AccountOptions = {}, filledBy: Scenario = empty): Account => {
    const store = createAccountStore(clock, accountOptions);
    filledBy.populate(store);
    const account = createAccount(store, keys);
    accounts.push(account);
    return account;
  };
  const account = addAccount(options.account, scenarioOf(scenario));

  let port = options.port ?? 0;
  let isClosed = false;
  const server = createApiServer({
    clock,
    keys,
    log,
    settings,
    faults,
    random: randomFor(seed, "requests"),
    refuseFor: (ms) =>
      void refuse().then(async () => {
        await clock.sleep(ms);
        if (!isClosed) await listen();
      }),
    control: (path, body) => runCommand(sandbox, path, body),
  });
  const listen = async (): Promise<void> => {
    if (server.listening) return;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    ({ port } = server.address() as AddressInfo);
  };
  const refuse = (): Promise<void> =>
    new Promise((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const close = async (): Promise<void> => {
    isClosed = true;
    await refuse();
  };
  await listen();

  const own: Omit<Sandbox, keyof Account> = {
    url: `http://${host}:${port}`,
    port,
    clock,
    account,
    accounts,
    requests: log,
    faults,
    settings,
    addAccount,
    refuse,
    listen,
    close,
    [Symbol.asyncDispose]: close,
  };
  const sandbox = Object.defineProperties({} as Sandbox, {
    ...Object.getOwnPropertyDescriptors(account),
    ...Object.getOwnPropertyDescriptors(own),
  });
  return sandbox;
}

function isClock(clock: ClockOptions | SandboxClock | undefined): clock is SandboxClock {
  return clock !== undefined && "advance" in clock;
}

function scenarioOf(scenario: "empty" | "mensio" | Scenario): Scenario {
  if (typeof scenario !== "string") return scenario;
  return scenario === "mensio" ? mensio() : empty;
}
