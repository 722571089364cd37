import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** An object as it really is, with all of its nested items. */
export interface TrueObject {
  readonly id: string;
  readonly json: string;
  readonly deleted: boolean;
}

/** The sandbox's own command, in a process of its own; it is driven through its control endpoint. */
export interface StripeProcess extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** Posts to a command of the control endpoint, and returns its answer. */
  control(command: string, input: object): Promise<unknown>;
  truth(objectType: string): Promise<readonly TrueObject[]>;
  /** Objects that were listed at a path since `forget`. */
  listed(path: string): Promise<number>;
  /** Forgets what was asked so far. */
  forget(): Promise<void>;
}

const BIN = fileURLToPath(new URL("bin/stripe-sandbox.js", new URL("../", import.meta.resolve("stripe-sandbox"))));

export async function startStripe(options: { seed: number; latencyMs: number }): Promise<StripeProcess> {
  const argv = ["--port", "0", "--seed", String(options.seed), "--latency", String(options.latencyMs)];
  const child = spawn(process.execPath, [BIN, ...argv, "--rate-limits", "off"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (/^key=.+\n/m.test(printed)) break;
  }
  const valueOf = (name: string): string => new RegExp(`^${name}=(.+)$`, "m").exec(printed)?.[1] ?? "";
  const url = valueOf("url");

  async function control(command: string, input: object): Promise<unknown> {
    const response = await fetch(`${url}/_sandbox/${command}`, { method: "POST", body: JSON.stringify(input) });
    if (!response.ok) throw new Error(`the sandbox refused ${command}: ${await response.text()}`);
    return response.json();
  }

  return {
    url,
    key: valueOf("key"),
    control,
    truth: async (objectType) => (await control("truth", { object_type: objectType })) as TrueObject[],
    listed: async (path) => {
      const { endpoints } = (await control("stats", {})) as { endpoints: Record<string, { items: number }> };
      return endpoints[`GET ${path}`]?.items ?? 0;
    },
    forget: async () => void (await control("stats", { clear: true })),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
