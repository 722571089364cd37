import type { Account } from "../account.js";
import { FAULT_KINDS } from "../faults/fault-plays.js";
import type { FaultRule } from "../faults/fault.js";
import type { Sandbox } from "../sandbox.js";

/**
 * Lets another process drive the sandbox: `POST /_sandbox/{command}` with a JSON object, answered with JSON; a
 * request that makes no sense is answered 400 with `{"error": …}`. It asks for no key: it is for tests on one machine.
 */
export async function runCommand(sandbox: Sandbox, path: string, body: string): Promise<unknown> {
  const name = path.split("?")[0] ?? "";
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new RangeError(`no such command: ${name}; there are ${Object.keys(COMMANDS).join(", ")}`);
  }
  const input: unknown = body.trim() === "" ? {} : JSON.parse(body);
  if (typeof input !== "object" || input === null) throw new TypeError("the body has to be a JSON object");
  return command(sandbox, input as Input);
}

type Input = Readonly<Record<string, unknown>>;

const COMMANDS: Readonly<Record<string, (sandbox: Sandbox, input: Input) => unknown>> = {
  /** `{ "ms": 60000 }` */
  advance(sandbox, input) {
    sandbox.clock.advance(numberIn(input, "ms"));
    return { now_ms: sandbox.clock.now() };
  },
  /** `{ "days": 1, "seed": 3, "changes_per_day": 20, "account": 0 }` */
  live(sandbox, input) {
    const { seed, changes_per_day: changesPerDay } = input;
    return accountIn(sandbox, input).live(numberIn(input, "days"), {
      ...(typeof seed === "number" ? { seed } : {}),
      ...(typeof changesPerDay === "number" ? { changesPerDay } : {}),
    });
  },
  /** A rule as in `sandbox.faults.add`, or `{ "clear": true }` */
  faults(sandbox, input) {
    if (input["clear"] === true) {
      sandbox.faults.clear();
      return { faults: 0 };
    }
    const rule = input as unknown as FaultRule;
    if (!FAULT_KINDS.includes(rule.fault?.kind)) {
      throw new RangeError(`fault.kind has to be one of ${FAULT_KINDS.join(", ")}`);
    }
    sandbox.faults.add(rule);
    return { added: rule.fault.kind };
  },
  /** `{ "call": "invoices.addLine", "args": ["in_…"] }`: any mutation, with the arguments it has in JavaScript. */
  mutate(sandbox, input) {
    const { call, args = [] } = input;
    const [group = "", name] = String(call).split(".");
    if (!Array.isArray(args)) throw new TypeError("args has to be an array");
    const target: unknown = name === undefined ? accountIn(sandbox, input) : groupIn(accountIn(sandbox, input), group);
    const method = name ?? group;
    if (!(MUTATIONS as readonly string[]).includes(String(call))) {
      throw new RangeError(`no such mutation: ${String(call)}; there are ${MUTATIONS.join(", ")}`);
    }
    const result = (target as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
    return result ?? { done: true };
  },
  /** Settings as in `sandbox.settings`: layout, volatile, latency, rateLimits. */
  settings(sandbox, input) {
    for (const name of ["layout", "volatile", "recordIds", "latency", "rateLimits"] as const) {
      if (name in input) Object.assign(sandbox.settings, { [name]: input[name] });
    }
    const { layout, volatile, recordIds, latency, rateLimits } = sandbox.settings;
    return { layout, volatile, recordIds, latency, rateLimits };
  },
  /** Counters by endpoint; `{ "clear": true }` resets them afterwards. */
  stats(sandbox, input) {
    const stats = structuredClone({ total: sandbox.requests.total, endpoints: sandbox.requests.endpoints });
    if (input["clear"] === true) sandbox.requests.clear();
    return stats;
  },
  /** `{ "object_type": "invoice", "version": … }`: all objects as `{ id, json, deleted }`. */
  truth(sandbox, input) {
    const version = input["version"];
    const options = typeof version === "string" ? { version } : {};
    return [...accountIn(sandbox, input).truth(String(input["object_type"]), options)];
  },
  /** The accounts with their keys. */
  accounts: (sandbox) => sandbox.accounts.map(({ id, livemode, key }) => ({ id, livemode, key })),
};

const MUTATIONS = [
  ...["create", "update", "delete", "restore"].map((name) => `customers.${name}`),
  ...["create", "update", "addLine", "finalize", "pay", "void", "markUncollectible", "delete", "restore"].map(
    (name) => `invoices.${name}`,
  ),
  ...["create", "succeed", "cancel", "fail", "update"].map((name) => `paymentIntents.${name}`),
  ...["create", "update", "fail"].map((name) => `refunds.${name}`),
  "events.configure",
  "put",
  "putFields",
  "remove",
  "restore",
  "addKey",
  "revokeKey",
  "removePermission",
  "grantPermission",
];

function groupIn(account: Account, group: string): unknown {
  return (account as unknown as Record<string, unknown>)[group];
}

function accountIn(sandbox: Sandbox, input: Input): Account {
  const at = typeof input["account"] === "number" ? input["account"] : 0;
  const account = sandbox.accounts[at];
  if (account === undefined) throw new RangeError(`there is no account ${at}`);
  return account;
}

function numberIn(input: Input, name: string): number {
  const value = input[name];
  if (typeof value !== "number") throw new TypeError(`${name} has to be a number`);
  return value;
}
