import { join } from "node:path";
import { systemClock } from "injest/clock";
import { startSandbox } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { accountRig } from "../faults/account-rig.js";
import { commandLine, folder } from "./command-line.js";

describe("run", () => {
  it.each([
    { where: "on a terminal", terminal: true, term: "xterm", isLive: true },
    { where: "on one that is dumb", terminal: true, term: "dumb", isLive: false },
    { where: "in a pipe", terminal: false, term: "xterm", isLive: false },
  ])(
    "prints its result on stdout, and live lines on stderr only on a terminal: $where",
    async ({ terminal, term, isLive }) => {
      await using sandbox = await startSandbox({ scenario: "mensio" });
      await using project = await folder({
        "lorchestra.yaml": "connections:\n  stripe-mensio:\n    provider: stripe\n    api_key_env: STRIPE_API_KEY\n",
      });
      // Lines are drawn anew each tenth of a second: on a busy machine everything may come within one.
      let nowMs = 0;
      const { code, stdout, stderr } = await commandLine(["run", "stripe_ingest_customers", "stripe_ingest_invoices"], {
        cwd: project.path,
        env: {
          TERM: term,
          STRIPE_API_KEY: sandbox.key,
          STRIPE_API_BASE: sandbox.url,
          LORCHESTRA_WAREHOUSE: `duckdb:${join(project.path, "x.duckdb")}`,
        },
        terminal,
        clock: { ...systemClock, monotonicMs: () => (nowMs += 101) },
      });
      expect(code).toBe(0);
      expect(stdout).toContain("stripe_ingest_customers");
      if (isLive) {
        expect(stdout).toContain("\u001b[32m✓\u001b[39m stripe_ingest_customers");
        // Between two parts the headline may go on below.
        expect(stderr.replaceAll("\n  ", " · ")).toMatch(
          /stripe-mensio → duckdb .+ · run [0-9A-Z]{26} · API 2026-10-28\.endive · live key/,
        );
        expect(stderr).toMatch(/invoices {3}.*█/);
        expect(stderr).toMatch(/\u001b\[\dA\u001b\[0J$/);
      } else {
        expect(stdout).not.toContain("\u001b");
        expect(stderr).toBe("");
      }
    },
  );
});

describe("plan", () => {
  it("says what it asks and with which key, and names no run: there is none", async () => {
    await using rig = await accountRig({ scenario: "empty" });
    const { stderr } = await rig.runOnTerminal("plan", "stripe_ingest_customers");
    expect(stderr).toMatch(/stripe-mensio → duckdb \.\/lorchestra\.duckdb · API 2026-10-28\.endive · live key/);
  });
});
