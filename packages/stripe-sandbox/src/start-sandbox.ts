import type { AddressInfo } from "node:net";
import type { Account } from "./account.js";
import { createAccount } from "./create-account.js";
import { createApiServer } from "./api/api-server.js";
import { createApiSettings } from "./api/api-settings.js";
import { createKeyRing } from "./api/key-ring.js";
import { createRequestLog } from "./api/request-log.js";
import { type ClockOptions, createClock, type SandboxClock } from "./clock.js";
import { runCommand } from "./control/control.js";
import { createFaultRules } from "./faults/fault-rules.js";
import { randomFor } from "./random.js";
import { mensio } from "./scenarios/mensio.js";
import { empty, type Scenario } from "./scenarios/scenario.js";
import type { AccountOptions } from "./store/account-store.js";
import { createAccountStore } from "./store/create-account-store.js";
import type { Sandbox, SandboxOptions } from "./sandbox.js";

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
