import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createRig, DUCKDB, JOBS } from "./rig.js";

/** Passes on what the sandbox answers, but for refunds: as Stripe words it of Issuing, where an account does not have it. */
async function withoutRefunds(url: string): Promise<string> {
  const message =
    "Your account is not set up to use Refunds. Please visit https://dashboard.stripe.com to get started.";
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.url?.startsWith("/v1/refunds")) {
        response.writeHead(400).end(JSON.stringify({ error: { message, type: "invalid_request_error" } }));
        return;
      }
      const { authorization = "", "stripe-version": version = "" } = request.headers;
      const headers = { authorization, "stripe-version": String(version) };
      const passed = await fetch(url + (request.url ?? ""), { headers });
      response.writeHead(passed.status, { date: passed.headers.get("date") ?? "" }).end(await passed.text());
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("a stream that the account does not have is skipped with the reason, and is no failure", async () => {
  await using rig = await createRig(DUCKDB);
  const env = { STRIPE_API_BASE: await withoutRefunds(rig.sandbox.url) };
  const { code, stdout } = await rig.start(["run", ...JOBS, "--json"], { env }).outcome;
  const { jobs } = JSON.parse(stdout) as { jobs: { status: string; notices: unknown[]; error: unknown }[] };
  expect(jobs.map(({ status }) => status)).toEqual(["completed", "completed", "completed", "skipped"]);
  expect(jobs[3]).toMatchObject({ error: null, records_extracted: 0, notices: [{ code: "STREAM_NOT_ENABLED" }] });
  expect(code).toBe(0);

  const alone = await rig.start(["run", "stripe_ingest_refunds"], { env }).outcome;
  expect(alone.code).toBe(0);
  expect(alone.stdout + alone.stderr).toContain("stripe_ingest_refunds skipped");
  expect(alone.stdout + alone.stderr).toContain("does not have the product that /v1/refunds is of");

  const checked = await rig.start(["check"], { env }).outcome;
  expect(checked.stdout).toContain("the account does not have refunds");
  expect(checked.code).toBe(0);

  const verified = await rig.start(["verify", ...JOBS], { env }).outcome;
  expect(verified.code).toBe(0);
  expect(verified.stdout + verified.stderr).toContain("skipped");

  const nothing = await rig.start(["verify", "stripe_ingest_refunds"], { env }).outcome;
  expect(nothing.code).toBe(0);
  expect(nothing.stdout).toContain("nothing was compared");
  expect(nothing.stdout).not.toContain("holds");
});

it("a stream that was read before and that the account does not have any more is a failure, and its rows stay", async () => {
  await using rig = await createRig(DUCKDB);
  expect((await rig.start(["run", ...JOBS]).outcome).code).toBe(0);
  const env = { STRIPE_API_BASE: await withoutRefunds(rig.sandbox.url) };
  expect((await rig.start(["run", ...JOBS], { env }).outcome).code).toBe(3);
  for (const argv of [["run"], ["run", "--dry-run"], ["verify"], ["verify", "--repair"]]) {
    const { code, stdout, stderr } = await rig.start([...argv, "stripe_ingest_refunds"], { env }).outcome;
    expect(code).toBe(5);
    expect(stdout + stderr).toContain("although its objects were read before");
    expect(stdout + stderr).not.toContain("the warehouse holds");
  }
  const checked = await rig.start(["check"], { env }).outcome;
  expect(checked.code).toBe(5);
  expect(checked.stderr.replaceAll(/\s+/g, " ")).toContain(
    "the account does not have refunds, although its objects were read before",
  );
  expect(checked.stderr).toContain("code SOURCE_NOT_ENABLED");
  expect((await rig.start(["verify", ...JOBS]).outcome).code).toBe(0);
});
