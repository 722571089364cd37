import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { get, post } from "./client.js";

/** The built bin: what `npx stripe-sandbox` runs. */
const BIN = fileURLToPath(new URL("../bin/stripe-sandbox.js", import.meta.url));

async function start(...args: string[]): Promise<{ child: ChildProcess; url: string; key: string }> {
  const child = spawn(process.execPath, [BIN, "--port", "0", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
    const [, url, key] = /^url=(\S+)\nkey=(\S+)\n/.exec(text) ?? [];
    if (url !== undefined && key !== undefined) return { child, url, key };
  }
  throw new Error(`the sandbox did not start: ${text}`);
}

describe("the command", () => {
  it("serves the practice's account, prints URL and key, and ends cleanly on SIGINT", async () => {
    const { child, ...sandbox } = await start();
    expect(sandbox.key).toMatch(/^sk_live_/);
    expect((await get(sandbox, "/v1/payment_intents?limit=100")).json.data).toHaveLength(100);
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });

  it("has options for the scenario, the mode, faults, limits and the layout", async () => {
    const scale = ["--scenario", "scale", "--count", "5000", "--shape", "bursty", "--objects", "refund,customer"];
    const api = ["--mode", "test", "--fault", "lock-timeout:1", "--rate-limits", "100,2", "--indent", "--seed", "5"];
    const sandbox = await start(...scale, ...api);
    expect(sandbox.key).toMatch(/^sk_test_/);
    expect((await get(sandbox, "/v1/refunds")).status).toBe(409);
    await post(sandbox, "/_sandbox/faults", { clear: true });
    expect((await get(sandbox, "/v1/refunds")).text).toContain('\n  "object": "list"');
    expect((await get(sandbox, "/v1/refunds")).json.has_more).toBe(true);
    expect((await get(sandbox, "/v1/refunds")).status).toBe(429);
    expect((await get(sandbox, "/v1/customers")).json.data).toHaveLength(10);
  });

  it("explains itself, and wrong options", () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8" });
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("Examples:") as string });
    for (const [args, reason] of [
      [["--latency", "slow"], "such as 300"],
      [["--scenario", "nope"], "mensio, scale, empty"],
      [["--objects", "unicorn"], "none of customer"],
      [["--fault", "gremlin"], "kind:probability"],
      [["--fault", "reset:2"], "of 0 to 1"],
      [["--fault", "reset:"], "of 0 to 1"],
      [["--fault", "reset:5%"], "of 0 to 1"],
      [["--port", "70000"], "0 to 65535"],
      [["--port", "many"], "whole number"],
      [["--rate-limits", "fast"], "such as 100,25"],
    ] as const) {
      const { status, stderr } = run(...args);
      expect(status).toBe(1);
      expect(stderr).toContain(reason);
    }
  });

  it("says so when the port is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { status, stderr } = spawnSync(process.execPath, [BIN, "--port", String(port)], { encoding: "utf8" });
    expect([status, stderr]).toEqual([1, `port ${port} is in use; choose another with --port\n`]);
  });
});
