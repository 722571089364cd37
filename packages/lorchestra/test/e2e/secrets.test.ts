import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { createRig, DUCKDB, JOBS, type Outcome, type Rig } from "./rig.js";

const PROXY_PASSWORD = "proxyPassword51Secret";

/** The key in each form in which it could leak; a part of it would be as bad as all of it. */
function formsOf(key: string): string[] {
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.from("x".repeat(offset) + key)
      .toString("base64")
      .slice(4, 24),
  );
  return [key.slice(8, 24), encodeURIComponent(key), ...base64, PROXY_PASSWORD];
}

function expectNoKey(text: string, rig: Rig): void {
  for (const form of formsOf(rig.sandbox.key)) expect(text).not.toContain(form);
}

/** All that a command has written: to its outputs, and into the project's folder. */
async function writtenBy({ stdout, stderr }: Outcome, rig: Rig): Promise<string> {
  const names = await readdir(rig.directory, { recursive: true });
  const files = names.filter((name) => name !== ".env" && name !== "lorchestra.yaml");
  const texts = await Promise.all(files.map((name) => readFile(join(rig.directory, name), "latin1").catch(() => "")));
  return [stdout, stderr, ...texts].join("\n");
}

const FAULTS: readonly Fault[] = [
  { kind: "server-error", status: 503 },
  { kind: "html" },
  { kind: "reset", at: "headers" },
  { kind: "truncated" },
  { kind: "near-json" },
  { kind: "data-not-array" },
  { kind: "repeat-page" },
  { kind: "rate-limited" },
  { kind: "key-revoked" },
] as Fault[];

describe("no key is in anything that is written, with --debug,", () => {
  it.each(FAULTS)("when Stripe answers with $kind", async (fault) => {
    await using rig = await createRig(DUCKDB);
    await rig.configure("    request_timeout_s: 1\n");
    rig.sandbox.faults.add({ match: {}, fault });
    const outcome = await rig.run("run", ...JOBS, "--debug");
    expect(outcome.code).not.toBe(0);
    expectNoKey(await writtenBy(outcome, rig), rig);
  });

  it("when everything goes well, in any command", async () => {
    await using rig = await createRig(DUCKDB);
    const { key } = rig.sandbox;
    rig.env["HTTPS_PROXY"] = `http://user:${PROXY_PASSWORD}@127.0.0.1:9`;
    for (const argv of [
      ["run", ...JOBS],
      ["check"],
      ["verify", "--all"],
      ["plan", ...JOBS],
      ["jobs", "list"],
      ["explain", "in_1"],
    ]) {
      const outcome = await rig.run(...argv, "--debug", "--json");
      expectNoKey(await writtenBy(outcome, rig), rig);
    }
    for (const argv of [
      ["sql", `SELECT '${key}'`],
      ["run", key],
      ["explain", key],
      [key],
      ["run", JOBS[0] ?? "", "--since", key],
    ])
      expectNoKey(await writtenBy(await rig.run(...argv, "--debug"), rig), rig);
  });

  it("when the key stands where it must not", async () => {
    await using rig = await createRig(DUCKDB);
    const { key } = rig.sandbox;
    const places = [
      {
        file: "lorchestra.yaml",
        text: `warehouse: "duckdb:./${key}"\nconnections:\n  x:\n    provider: stripe\n    api_key: ${key}\n`,
      },
      { file: "lorchestra.yaml", text: `connections:\n  ${key}:\n    provider: ${key}\n    api_key_env: ${key}\n` },
      { file: "lorchestra.yaml", text: `${key}: [\n` },
      { file: ".env", text: `STRIPE_API_KEY="${key}\n${key}\n` },
    ];
    for (const { file, text } of places) {
      await writeFile(join(rig.directory, file), text);
      const outcome = await rig.run("run", "stripe_ingest_refunds", "--debug");
      expect(outcome.code).toBe(5);
      expectNoKey(outcome.stdout + outcome.stderr, rig);
    }
  });
});
