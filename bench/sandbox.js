import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../packages/stripe-sandbox/bin/stripe-sandbox.js", import.meta.url));

/**
 * Runs a task beside a sandbox in a process of its own; gives it the environment that leads there, and `control`, which
 * posts to the sandbox's control endpoint.
 */
export async function withSandbox(args, task) {
  const child = spawn(process.execPath, [BIN, "--port", "0", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    let printed = "";
    const env = await new Promise((resolve, reject) => {
      child.once("exit", () => reject(new Error("the sandbox did not start")));
      child.stdout.on("data", (text) => {
        printed += text;
        const url = /^url=(\S+)$/m.exec(printed)?.[1];
        const key = /^key=(\S+)$/m.exec(printed)?.[1];
        if (url && key) resolve({ STRIPE_API_BASE: url, STRIPE_API_KEY: key });
      });
    });
    const control = async (path, body) => {
      const { status } = await fetch(`${env.STRIPE_API_BASE}/_sandbox/${path}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      if (status !== 200) throw new Error(`the sandbox answered ${status} to ${path}`);
    };
    return await task(env, control);
  } finally {
    child.kill("SIGINT");
    await ended;
  }
}
