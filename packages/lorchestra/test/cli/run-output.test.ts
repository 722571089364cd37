import { systemClock } from "injest/clock";
import { describe, expect, it } from "vitest";
import { explainLines } from "../../src/cli/output/explain-lines.js";
import { money } from "../../src/cli/output/money.js";
import { createPaint } from "../../src/cli/output/paint.js";
import { planLines } from "../../src/cli/output/plan-lines.js";
import { createProgress } from "../../src/cli/output/progress.js";
import { jobLines, type RunStyle, summaryLines } from "../../src/cli/output/run-lines.js";
import type { JobReport, RunReport } from "../../src/runs/run-report.js";

const written: string[] = [];
const output = {
  write: (text: string) => {
    written.push(text);
    return Promise.resolve();
  },
  isTerminal: false,
  columns: 100,
  isClosed: false,
};
const paint = createPaint(output, {});

const style: RunStyle = {
  paint,
  timeZone: "America/Toronto",
  nameWidth: 29,
  dryRun: false,
  testTable: false,
  columns: null,
};

const report = (fields: Partial<JobReport>): JobReport => ({
  job: "stripe_ingest_customers",
  connection_name: "stripe-mensio",
  object_type: "customer",
  status: "completed",
  records_extracted: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  stale: 0,
  quarantined: 0,
  requests: 2,
  retries: 0,
  rate_limited: 0,
  duration_ms: 912,
  since: null,
  until: null,
  previous_watermark: "2026-11-22T19:02:11.000Z",
  watermark: "2026-11-23T19:02:11.000Z",
  notices: [],
  sample: [],
  error: null,
  ...fields,
});

const run = (...jobs: JobReport[]): RunReport => ({
  run_id: "01JDFK",
  status: "completed",
  dry_run: false,
  jobs,
  usage: null,
});

describe("a run, for people", () => {
  it("is a line a job, in columns, with what happened and how long it took", () => {
    const jobs = [
      report({ records_extracted: 148, inserted: 148 }),
      report({
        job: "stripe_ingest_payment_intents",
        records_extracted: 2653,
        inserted: 2600,
        updated: 50,
        deleted: 3,
        duration_ms: 74_770,
      }),
      report({ job: "stripe_ingest_invoices", records_extracted: 9, quarantined: 1, stale: 2, status: "interrupted" }),
    ];
    expect([...jobs.flatMap((job) => jobLines(job, style)), ...summaryLines(run(...jobs), style, 75_100)])
      .toMatchInlineSnapshot(`
      [
        "✓ stripe_ingest_customers           148 read     148 inserted       0 updated       0 deleted    0.9s",
        "✓ stripe_ingest_payment_intents   2,653 read   2,600 inserted      50 updated       3 deleted   74.8s",
        "! stripe_ingest_invoices              9 read       0 inserted       0 updated       0 deleted       2 stale       1 quarantined    0.9s  interrupted, checkpoint kept",
        "",
        "2,810 objects in 75.1s · 6 requests · 0 refused for the rate · complete up to 2026-11-23 14:02:11 EST",
      ]
    `);
  });

  it("says complete only up to where every stream is, and not at all where one is not", () => {
    const later = report({ watermark: "2026-11-24T19:02:11.000Z" });
    expect(summaryLines(run(report({}), later), style, 1).at(-1)).toContain("complete up to 2026-11-23 14:02:11 EST");
    expect(summaryLines(run(report({}), report({ watermark: null })), style, 1).at(-1)).not.toContain("complete");
  });

  it("keeps the seed's forms for dry runs and test tables", () => {
    const changed = report({
      inserted: 2,
      updated: 3,
      unchanged: 268,
      duration_ms: 1_312,
      sample: [
        { id: "in_1", action: "update", paths: ["status", "amount_remaining"] },
        { id: "in_2", action: "delete", paths: [] },
        { id: "in_3", action: "update", paths: [], values: { status: ['"open"', '"paid"'], note: [null, "1"] } },
      ],
    });
    expect(jobLines(changed, { ...style, dryRun: true })).toEqual([
      "[DRY-RUN] stripe_ingest_customers completed in 1.31s (no writes)",
      "  would insert 2, update 3, delete 0; 268 stay as they are",
      "  in_1  status · amount_remaining",
      "  in_2  deleted",
      "  in_3",
      '    status  "open" → "paid"',
      "    note  – → 1",
      "  (values hidden; --show-values prints them)",
    ]);
    const long = {
      "lines.data": [`[${"{},".repeat(11)}{}]`, `[${"{},".repeat(12)}{}]`],
      note: [null, `"${"🎵".repeat(300)}"`],
    } as const;
    const sample = [{ id: "in_4", action: "update", paths: [], values: long }] as const;
    expect(jobLines(report({ updated: 1, sample }), { ...style, dryRun: true }).slice(2)).toEqual([
      "  in_4",
      "    lines.data  12 → 13 items",
      `    note  – → "${"🎵".repeat(39)}…`,
    ]);
    expect(jobLines(report({ inserted: 1, quarantined: 2 }), { ...style, dryRun: true })[1]).toBe(
      "  would insert 1, update 0, delete 0, put 2 into quarantine; 0 stay as they are",
    );
    expect(jobLines(report({ duration_ms: 9_250 }), { ...style, testTable: true })[0]).toBe(
      "[TEST] stripe_ingest_customers completed in 9.25s (wrote to test tables)",
    );
  });

  it("says why a stream was skipped, and what a person should know", () => {
    const notices = [{ code: "STREAM_NOT_ENABLED", message: "this account does not have Issuing" }];
    expect(jobLines(report({ status: "skipped", notices }), style)).toEqual([
      "- stripe_ingest_customers skipped",
      "  this account does not have Issuing",
    ]);
    const message = "this key may not read Stripe's events (event_read), so that every object was listed again";
    const told = report({ notices: [{ code: "FEED_FORBIDDEN", message }] });
    expect(jobLines(told, style).slice(1)).toEqual([`  ${message}`]);
    expect(jobLines(told, { ...style, columns: 60 }).slice(1)).toEqual([
      "  this key may not read Stripe's events (event_read), so",
      "  that every object was listed again",
    ]);
    const own = report({
      job: "open_invoices",
      object_type: null,
      notices: [{ code: "X", message: "3 open invoices" }],
    });
    expect(jobLines(own, style)).toEqual(["✓ open_invoices                     0.9s", "  3 open invoices"]);
  });
});

describe("progress", () => {
  const draw = (isWanted: boolean, columns = 100) => {
    written.length = 0;
    let nowMs = 0;
    // Later calls are far enough apart to be drawn.
    const clock = { ...systemClock, monotonicMs: () => (nowMs < 150 ? nowMs : (nowMs += 1_000)) };
    const labels = new Map([
      ["a", "customers"],
      ["b", "invoices"],
    ]);
    const progress = createProgress({ output: { ...output, columns }, isWanted, paint, clock, labels });
    progress.observe("a", { type: "progress", objects: 500, pages: 5, nestedPages: 2, remaining: 500 });
    nowMs = 50;
    progress.observe("a", { type: "rate", inUse: 20, limit: 25 });
    nowMs = 150;
    progress.observe("b", { type: "retry", endpoint: "GET /v1/invoices", reason: "503", delayMs: 700 });
    return progress;
  };

  it("is a line a stream with its share of Stripe's limit, drawn over at most ten times a second", () => {
    draw(true);
    expect(written).toHaveLength(2);
    expect(written[1]).toBe(
      "\u001b[2A\u001b[0J" +
        "  customers  ██████████··········        500   5 pages + 2 of lines   20/25 per s   about 1s left\n" +
        "  invoices   ····················          0   0 pages   503, again in 0.7s\n",
    );
  });

  it("says how long the rest takes where pages are as small as they were so far", () => {
    const progress = draw(true);
    progress.observe("a", { type: "progress", objects: 150, pages: 5, nestedPages: 0, remaining: 3_000 });
    progress.observe("a", { type: "rate", inUse: 20, limit: 25 });
    expect(written.at(-1)).toContain("about 5s left");
    progress.observe("a", { type: "progress", objects: 0, pages: 1, nestedPages: 0, remaining: 3_000 });
    expect(written.at(-1)).not.toContain("left");
  });

  it("never wraps, and leaves nothing behind", async () => {
    const progress = draw(true, 60);
    for (const line of (written[1] ?? "").split("\n")) expect(line.replace(/\u001b\[\w+/g, "").length).toBeLessThan(60);
    written.length = 0;
    await progress.clear();
    await progress.clear();
    expect(written).toEqual(["\u001b[2A\u001b[0J"]);
  });

  it("gives up its bar before its figures on a narrow terminal", () => {
    draw(true, 40);
    const [customers] = (written[1] ?? "").replace("\u001b[2A\u001b[0J", "").split("\n");
    expect(customers).toBe("  customers          500   5 pages + 2…");
  });

  it("is silent where it is not wanted", async () => {
    await draw(false).clear();
    expect(written).toEqual([]);
  });
});

describe("money", () => {
  it("has the decimals of its currency, however large the sum", () => {
    expect(money("431000", "cad")).toBe("CAD 4,310.00");
    expect(money("-5", "usd")).toBe("USD -0.05");
    expect(money("1500", "jpy")).toBe("JPY 1,500");
    expect(money("1234567", "kwd")).toBe("KWD 1,234.567");
    expect(money("123456789012345678901234", "eur")).toBe("EUR 1,234,567,890,123,456,789,012.34");
    expect(money("500", "isk")).toBe("ISK 5.00");
    expect(money("500", "jane\n@example.com")).not.toContain("jane");
  });
});

describe("a plan, for people", () => {
  it("gives each figure with its range, and the share of the month's reads", () => {
    const exactly = (value: number) => ({ low: value, likely: value, high: value });
    const lines = planLines(
      {
        jobs: [
          {
            job: "stripe_ingest_payment_intents",
            connection_name: "stripe-mensio",
            object_type: "payment_intent",
            objects: { low: 2_400_000, likely: 2_600_000, high: 2_900_000 },
            requests: exactly(26_400),
            duration_ms: exactly(1_056_000),
            size_bytes: exactly(3_900_000_000),
            probes: 12,
            warehouse: {
              stored_bytes: exactly(1_200_000_000),
              bytes_billed: exactly(0),
              price_usd: null,
              assumptions: ["loads are free"],
            },
            error: null,
          },
        ],
      },
      paint,
    );
    expect(lines).toEqual([
      "stripe_ingest_payment_intents",
      "  objects           2,600,000  2,400,000 to 2,900,000",
      "  requests             26,400",
      "  time                17m 36s",
      "  JSON                 3.9 GB",
      "  in the warehouse     1.2 GB",
      "  billed                  0 B",
      "  loads are free",
      "  estimated from 12 requests to Stripe",
      "26,400 requests: 2.6 × of the 10,000 reads a month that Stripe allots to every account",
    ]);
  });
});

describe("an explanation, for people", () => {
  it("says where a row comes from and how it stands", () => {
    const object = {
      connection_name: "stripe-mensio",
      stream: "invoices",
      object_type: "invoice",
      idem_key: "stripe:stripe-mensio:invoice:in_1",
      first_seen: "2026-11-01T11:00:09.000Z",
      last_seen: "2026-11-23T19:02:10.000Z",
      deleted_at: null,
      run_id: "01JDFK",
      api_version: "2026-10-28.endive",
      request_id: "req_8f",
      watermark: null,
      events_since: [],
      standing: "equal",
      differences: [],
      lists: [{ path: "lines", items: 13, of: 13 }],
    } as const;
    const lines = explainLines(
      { id: "in_1", searched: ["invoices"], objects: [object], errors: [] },
      { paint, timeZone: "America/Toronto" },
    );
    expect(lines).toEqual([
      "invoice in_1 of stripe-mensio",
      "  idem_key             stripe:stripe-mensio:invoice:in_1",
      "  first seen           2026-11-01 06:00:09 EST",
      "  read                 2026-11-23 14:02:10 EST, by run 01JDFK, request req_8f, API 2026-10-28.endive",
      "  Stripe events since  none",
      "  lines                13 of 13 items",
      "  now                  the warehouse has what Stripe has",
    ]);
    const error = {
      code: "SOURCE_UNAVAILABLE",
      message: "down",
      hint: "",
      facts: {},
      connection_name: "stripe-mensio",
    };
    expect(
      explainLines({ id: "in_1", searched: ["invoices"], objects: [], errors: [error] }, { paint, timeZone: "UTC" }),
    ).toEqual([]);
    expect(
      explainLines({ id: "in_1", searched: ["invoices"], objects: [], errors: [] }, { paint, timeZone: "UTC" }),
    ).toEqual(["in_1 is none of the invoices that the warehouse or Stripe knows"]);
  });
});
