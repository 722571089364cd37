import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, FAULT_KINDS } from "stripe-sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill } from "../../../injest/test/stripe/filled-account.js";
import { FAULT_ROWS } from "../../../injest/test/stripe/fault-rows.js";
import { testBigQuery } from "../warehouse/bigquery-emulator.js";
import { forTheFirst, isCommit, isLoad, refusal, startFaultProxy } from "../warehouse/bigquery/fault-proxy.js";
import { configure, CONNECTION, expectNoLeak, leaksIn, plant, secretOf, type Secrets } from "./planted-secrets.js";
import { createRig, DUCKDB, JOBS, type Outcome, type Rig, until, WAREHOUSES } from "./rig.js";

/** Each is played on one stream, so that one process meets four. */
const PLAYED: readonly Fault[] = [
  ...FAULT_ROWS.map(({ fault }) => fault),
  { kind: "stale-read" },
  { kind: "cursor-deleted" },
  { kind: "permission-removed" },
  { kind: "key-revoked" },
];
const PATHS = ["/v1/customers*", "/v1/invoices*", "/v1/payment_intents*", "/v1/refunds*"];
const FOURS = Array.from({ length: Math.ceil(PLAYED.length / 4) }, (_, index) => {
  const four = PLAYED.slice(4 * index, 4 * index + 4);
  return { names: four.map((fault) => Object.values(fault).join(" ")).join(", "), four };
});

describe("no secret is in anything that is written with --debug", () => {
  let rig: Rig;
  let secrets: Secrets;
  beforeAll(async () => {
    rig = await createRig(DUCKDB, { latency: 20 });
    const now = Math.floor(Date.now() / 1000);
    const seconds = Array.from({ length: 150 }, (_, index) => now - 86_400 * (index + 2));
    for (const type of ["customer", "invoice", "payment_intent", "refund"] as const) fill(rig.sandbox, type, seconds);
    secrets = await plant(rig);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it("by a check that would find it", async () => {
    expect(new Set(PLAYED.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
    for (const [name, secret] of Object.entries(secrets)) {
      const parts = [
        secret,
        secret.slice(1, 13),
        secret.slice(-12),
        `Basic ${btoa(`x:${secret}`)}`,
        encodeURIComponent(`?${secret}&`),
      ];
      for (const part of parts) expect([name, leaksIn(`before ${part} after`, secrets)]).not.toEqual([name, []]);
    }
  });

  it.each(FOURS)("when Stripe answers with $names", async ({ four }) => {
    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    const key = rig.sandbox.addKey("all");
    for (const [index, fault] of four.entries()) rig.sandbox.faults.add({ match: { path: PATHS[index] ?? "" }, fault });
    const run = rig.start(["run", ...JOBS, ...CONNECTION, "--full", "--debug"], { env: { STRIPE_API_KEY: key } });
    const outcome = await run.outcome;
    // Nothing hangs: each request is given up after 0.7 s.
    expect(outcome.elapsedMs).toBeLessThan(60_000);
    await expectNoLeak([outcome], rig, {
      ...secrets,
      "the key in the environment": secretOf(key, rig.sandbox.id),
    });
  });

  it("in the documents of every command, whether all is well or not", async () => {
    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    const commands = [
      ["run", ...JOBS],
      ["run", ...JOBS, "--dry-run", "--show-values"],
      ["verify", "--all"],
      ["verify", "stripe_ingest_refunds", "--repair"],
      ["plan", ...JOBS],
      ["explain", [...rig.sandbox.truth("invoice")][0]?.id ?? ""],
      ["check"],
    ];
    const outcomes: Outcome[] = [];
    for (const argv of commands) outcomes.push(await rig.run(...argv, ...CONNECTION, "--debug", "--json"));
    rig.sandbox.faults.add({ fault: { kind: "server-error", status: 503, body: "no-error" } });
    for (const argv of commands.filter((_, index) => index % 2 === 0))
      outcomes.push(await rig.run(...argv, ...CONNECTION, "--debug"));
    rig.sandbox.faults.clear();
    await expectNoLeak(outcomes, rig, secrets);
  });

  it("by a run that is killed", async () => {
    rig.sandbox.faults.clear();
    await rig.sandbox.listen();
    const before = rig.sandbox.requests.count;
    const running = rig.start(["run", ...JOBS, ...CONNECTION, "--full", "--debug"]);
    await until(running, () => rig.sandbox.requests.count > before + 12);
    running.process.kill("SIGKILL");
    await expectNoLeak([await running.outcome], rig, secrets);
  });

  it("by a command line that has it where it does not belong", async () => {
    const key = rig.sandbox.key;
    const lines = [
      ["sql", `SELECT '${key}' FROM`],
      ["sql", `SELECT '${key}'`],
      ["run", key],
      ["run", JOBS[0] ?? "", "--connection", key],
      ["run", JOBS[0] ?? "", "--since", key],
      ["run", JOBS[0] ?? "", "--max-rate", key],
      ["run", JOBS[0] ?? "", "--config", `/no/${key}`],
      ["run", JOBS[0] ?? "", "--warehouse", `nothing:${key}`],
      ["run", JOBS[0] ?? "", "--warehouse", `duckdb:./no/${key}/x.duckdb`],
      ["verify", "--all", "--sample", key],
      ["explain", key],
      [key],
      [`--${key}`],
    ];
    const outcomes = await Promise.all(lines.map((argv) => rig.run(...argv, "--debug")));
    await expectNoLeak(outcomes, rig, secrets);
  });

  it("by a configuration or an environment that has it where it must not stand", async () => {
    const key = rig.sandbox.key;
    const password = secrets["the proxy's password"] ?? "";
    const places: { file?: string; text?: string; env?: Record<string, string> }[] = [
      {
        file: "lorchestra.yaml",
        text: `warehouse: "duckdb:./${key}"\nconnections:\n  x:\n    provider: stripe\n    api_key: ${key}\n`,
      },
      { file: "lorchestra.yaml", text: `connections:\n  ${key}:\n    provider: ${key}\n    api_key_env: ${key}\n` },
      { file: "lorchestra.yaml", text: `${key}: [\n` },
      { file: ".env", text: `STRIPE_API_KEY="${key}\n${key}\n` },
      { env: { STRIPE_API_BASE: `https://${encodeURIComponent(password)}:${key}@127.0.0.1:1` } },
      { env: { STRIPE_API_BASE: `https://127.0.0.1:1/?key=${key}` } },
      { env: { HTTPS_PROXY: `socks://someone:${encodeURIComponent(password)}@127.0.0.1:1` } },
      { env: { HTTPS_PROXY: `http://someone:${encodeURIComponent(password)}@` } },
      { env: { LORCHESTRA_WAREHOUSE: `postgres://someone:${encodeURIComponent(password)}@127.0.0.1/${key}` } },
      { env: { BIGQUERY_EMULATOR_HOST: `ftp://someone:${encodeURIComponent(password)}@127.0.0.1` } },
    ];
    for (const { file, text = "", env = {} } of places) {
      await configure(rig);
      await writeFile(join(rig.directory, ".env"), `STRIPE_API_KEY=${key}\n`);
      if (file !== undefined) await writeFile(join(rig.directory, file), text);
      const outcome = await rig.start(["run", "stripe_ingest_refunds", ...CONNECTION, "--debug"], { env }).outcome;
      expect([file ?? env, outcome.code]).toEqual([file ?? env, 5]);
      await expectNoLeak([outcome], rig, secrets);
    }
  });
});

const bigQuery = await testBigQuery();
const row = WAREHOUSES.find(({ name }) => name === "bigquery");

const origin = bigQuery?.origin ?? null;

describe.skipIf(row === undefined || origin === null)("with BigQuery, no secret", () => {
  if (row === undefined || origin === null) return;

  it("is in a request to it, or in anything that is written, whatever goes wrong", async () => {
    await using proxy = await startFaultProxy(origin);
    await using rig = await createRig(row);
    const secrets = await plant(rig);
    rig.env["BIGQUERY_EMULATOR_HOST"] = proxy.host;
    proxy.faults = [
      forTheFirst(1, isLoad, async () => refusal(503, "backendError")),
      forTheFirst(1, isCommit, async () => refusal(403, "quotaExceeded")),
    ];
    rig.sandbox.faults.add({ match: { path: "/v1/customers" }, fault: { kind: "truncated" } });
    const jobs = ["stripe_ingest_customers", "stripe_ingest_refunds", ...CONNECTION];
    const outcomes = [await rig.run("run", ...jobs, "--debug")];
    rig.sandbox.faults.clear();
    outcomes.push(await rig.run("run", "stripe_ingest_refunds", ...CONNECTION, "--debug"));
    expect(outcomes.map(({ code }) => code)).not.toContain(null);
    expect(proxy.seen.filter(isCommit).length).toBeGreaterThan(1);
    const requests = proxy.seen.map(({ method, path, text }) => `${method} ${path} ${text}`).join("\n");
    expect(leaksIn(requests, secrets)).toEqual([]);
    await expectNoLeak(outcomes, rig, secrets);
  });

  it("of the credentials is told when they are no use", async () => {
    await using rig = await createRig(row);
    const secrets = await plant(rig);
    delete rig.env["BIGQUERY_EMULATOR_HOST"];
    const credentials = {
      type: "service_account",
      client_email: "x",
      private_key: secrets["the token of a service account"],
    };
    await writeFile(join(rig.directory, "home", "credentials.json"), JSON.stringify(credentials));
    const outcome = await rig.run("run", "stripe_ingest_refunds", ...CONNECTION, "--debug");
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain("code WAREHOUSE_REFUSED");
    await expectNoLeak([outcome], rig, secrets);
  });
});
