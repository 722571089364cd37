import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MENSIO } from "stripe-sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRig, DUCKDB, JOBS, type Rig, type RunDocument, WAREHOUSES } from "./rig.js";

const COUNTS = [MENSIO.customers, MENSIO.invoices, MENSIO.paymentIntents, MENSIO.refunds];
const TYPES = ["customer", "invoice", "payment_intent", "refund"];
const SEED_COUNTS = TYPES.map((object_type, index) => ({
  source_system: "stripe",
  connection_name: "stripe-mensio",
  object_type,
  count: COUNTS[index],
}));

/** The seed's first validation query, as it stands there. */
const countQuery = (dataset: string): string => `SELECT source_system, connection_name, object_type, COUNT(*) as count
FROM \`${dataset}.raw_objects\`
WHERE source_system = 'stripe'
GROUP BY 1, 2, 3
ORDER BY 3;`;

/** The seed's second validation query, as it stands there. */
const telemetryQuery = (
  dataset: string,
): string => `SELECT event_type, source_system, connection_name, target_object_type,
       JSON_EXTRACT_SCALAR(payload, '$.records_extracted') as records,
       JSON_EXTRACT_SCALAR(payload, '$.inserted') as inserted
FROM \`${dataset}.event_log\`
WHERE source_system = 'stripe'
ORDER BY created_at DESC
LIMIT 10;`;

const figures = ({ jobs }: RunDocument, name: "inserted" | "updated" | "unchanged" | "records_extracted"): number[] =>
  jobs.map((job) => job[name]);

/** What the warehouse holds of a type, live rows only, by id. */
async function payloads(rig: Rig, objectType: string): Promise<Map<string, unknown>> {
  const rows = await rig.rows(
    `SELECT external_id, TO_JSON_STRING(payload) AS payload FROM ${rig.dataset}.raw_objects WHERE object_type = '${objectType}' AND deleted_at IS NULL`,
  );
  return new Map(rows.map((row) => [String(row["external_id"]), JSON.parse(String(row["payload"]))]));
}

function truth(rig: Rig, objectType: string): Map<string, unknown> {
  const live = [...rig.sandbox.truth(objectType)].filter((record) => !record.deleted);
  return new Map(live.map((record) => [record.id, JSON.parse(record.json)]));
}

describe.each(WAREHOUSES)("the seed's jobs on $name", (warehouse) => {
  describe("in a first run", () => {
    let rig: Rig;
    let first: RunDocument;
    beforeAll(async () => {
      rig = await createRig(warehouse);
      ({ document: first } = await rig.json("run", ...JOBS));
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    it("bring the whole account, with the seed's keys, columns and counts", async () => {
      expect(first).toMatchObject({ status: "completed", exit_code: 0 });
      expect(figures(first, "inserted")).toEqual(COUNTS);
      expect(figures(first, "records_extracted")).toEqual(COUNTS);
      expect(await rig.rows(countQuery(rig.dataset))).toEqual(SEED_COUNTS);
      const keys = await rig.rows(
        `SELECT COUNT(DISTINCT idem_key) AS keys, COUNT(*) AS total, LOGICAL_AND(idem_key = CONCAT('stripe:stripe-mensio:', object_type, ':', external_id)) AS patterned FROM ${rig.dataset}.raw_objects`,
      );
      expect(keys).toEqual([{ keys: 3101, total: 3101, patterned: true }]);
    });

    it("bring every line of every invoice, however many", async () => {
      const held = await payloads(rig, "invoice");
      const lines = [...held.values()].map((invoice) => (invoice as { lines: { data: unknown[] } }).lines.data.length);
      expect(lines.filter((count) => count > 10)).toHaveLength(MENSIO.longInvoices);
      expect(held).toEqual(truth(rig, "invoice"));
    });

    it("write each event once a job, under one correlation id, with exact counts", async () => {
      const events = await rig.rows(
        `SELECT event_type, source_system, target_object_type, COUNT(*) AS count, MIN(correlation_id) AS run FROM ${rig.dataset}.event_log GROUP BY 1, 2, 3 ORDER BY 3, 1`,
      );
      const expected = TYPES.flatMap((type) =>
        ["ingest.completed", "job.completed", "job.started", "upsert.completed"].map((event_type) => ({
          event_type,
          source_system: event_type.startsWith("job.") ? "lorchestra" : "stripe",
          target_object_type: type,
          count: 1,
          run: first.run_id,
        })),
      );
      expect(events).toEqual(expected);
      const telemetry = await rig.rows(telemetryQuery(rig.dataset));
      const told = telemetry.map((row) => [row["target_object_type"], row["records"], row["inserted"]].join(" "));
      const counts = TYPES.map((type, index) => `${type} ${COUNTS[index]} ${COUNTS[index]}`);
      expect(told.toSorted()).toEqual([...counts, ...counts].toSorted());
    });

    it("are queried by sql: as a table, JSON or CSV", async () => {
      const table = await rig.run("sql", countQuery(rig.dataset));
      expect(table).toMatchObject({
        code: 0,
        stderr: "",
        stdout: `source_system  connection_name  object_type     count
stripe         stripe-mensio    customer          148
stripe         stripe-mensio    invoice           273
stripe         stripe-mensio    payment_intent   2653
stripe         stripe-mensio    refund             27
`,
      });
      const csv = await rig.run(
        "sql",
        "--csv",
        `SELECT COUNT(*) AS n, NULL AS nothing FROM ${rig.dataset}.raw_objects`,
      );
      expect(csv.stdout).toBe("n,nothing\n3101,\n");
      const wrong = await rig.run("sql", "SELEC 1");
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toMatch(/code SQL_INVALID {3}exit 2/);
    });

    it("write nothing when they run again", async () => {
      const { document } = await rig.json("run", ...JOBS);
      expect(figures(document, "inserted")).toEqual([0, 0, 0, 0]);
      expect(figures(document, "updated")).toEqual([0, 0, 0, 0]);
    });
  });

  it.concurrent("follow a day of changes, deletions included, and verify says so", async () => {
    await using rig = await createRig(warehouse);
    await rig.json("run", ...JOBS);
    rig.sandbox.live(1);
    rig.sandbox.clock.advance(120_000);
    const { code } = await rig.json("run", ...JOBS);
    expect(code).toBe(0);
    for (const type of ["customer", "invoice", "refund"]) expect(await payloads(rig, type)).toEqual(truth(rig, type));
    const verified = await rig.run("verify", "--all");
    expect(verified.stdout).toMatch(/✓ .* objects: the warehouse holds what Stripe holds/);
    expect(verified.code).toBe(0);
  });

  it.concurrent("dry-run: report what a run would do, and write nothing", async () => {
    await using rig = await createRig(warehouse);
    const first = await rig.json("run", ...JOBS, "--dry-run");
    expect(first.code).toBe(0);
    expect(figures(first.document, "inserted")).toEqual(COUNTS);
    expect(await rig.rows(`SELECT 1 AS one`)).toEqual([{ one: 1 }]);

    await rig.json("run", ...JOBS);
    const [customer] = rig.sandbox.truth("customer");
    rig.sandbox.customers.update(customer?.id ?? "", { email: "new@example.com" });
    rig.sandbox.customers.create({ email: "second@example.com" });
    rig.sandbox.clock.advance(120_000);
    const before = await rig.rows(countQuery(rig.dataset));
    const { document } = await rig.json("run", "stripe_ingest_customers", "--dry-run");
    expect(document.jobs[0]).toMatchObject({ inserted: 1, updated: 1, deleted: 0 });
    const sample = document.jobs[0]?.sample.find((change) => change.action === "update");
    expect(sample).toMatchObject({ id: customer?.id, paths: expect.arrayContaining(["email"]) });
    expect(await rig.rows(countQuery(rig.dataset))).toEqual(before);

    const human = await rig.run("run", "stripe_ingest_customers", "--dry-run");
    expect(human.stdout).toMatch(/^\[DRY-RUN\] stripe_ingest_customers completed in \d+\.\d\ds \(no writes\)$/m);
    expect(human.stdout).toContain("would insert 1, update 1, delete 0");
    expect(human.stdout).not.toContain("new@example.com");
    expect((await rig.run("run", "stripe_ingest_customers", "--dry-run", "--show-values")).stdout).toContain(
      "new@example.com",
    );
  });

  it.concurrent("test-table: write to test_ tables only", async () => {
    await using rig = await createRig(warehouse);
    await rig.run("init");
    const { code, stdout } = await rig.run("run", "stripe_ingest_customers", "--test-table");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\[TEST\] stripe_ingest_customers completed in \d+\.\d\ds \(wrote to test tables\)$/m);
    const count = (table: string) => rig.rows(`SELECT COUNT(*) AS count FROM ${rig.dataset}.${table}`);
    expect(await count("test_raw_objects")).toEqual([{ count: 148 }]);
    expect(await count("test_checkpoints")).toEqual([{ count: 1 }]);
    expect(await count("raw_objects")).toEqual([{ count: 0 }]);
    expect(await count("event_log")).toEqual([{ count: 0 }]);
    expect(await count("checkpoints")).toEqual([{ count: 0 }]);
  });

  it.concurrent("since and until: read what was created in the window, and leave the checkpoint alone", async () => {
    await using rig = await createRig(warehouse);
    const created = [...rig.sandbox.truth("payment_intent")].map(
      ({ json }) => (JSON.parse(json) as { created: number }).created,
    );
    const now = Math.floor(rig.sandbox.clock.now() / 1000);
    const since = now - 200 * 86_400;
    const until = now - 100 * 86_400;
    const inWindow = created.filter((second) => second >= since && second < until).length;
    const iso = (second: number): string => new Date(second * 1000).toISOString();
    const windowed = await rig.json(
      "run",
      "stripe_ingest_payment_intents",
      "--since",
      iso(since),
      "--until",
      iso(until),
    );
    expect(windowed.document.jobs[0]).toMatchObject({ inserted: inWindow, watermark: null });
    expect(await rig.rows(`SELECT * FROM ${rig.dataset}.checkpoints`)).toEqual([]);

    const week = await rig.json("run", "stripe_ingest_payment_intents", "--since=-7d");
    expect(week.document.jobs[0]?.records_extracted).toBe(
      created.filter((second) => second >= now - 7 * 86_400).length,
    );

    // What lay before and between is read too: a window hides nothing.
    const rest = await rig.json("run", "stripe_ingest_payment_intents");
    expect(rest.document.jobs[0]?.watermark).not.toBeNull();
    expect(await rig.rows(`SELECT COUNT(*) AS count FROM ${rig.dataset}.raw_objects`)).toEqual([
      { count: MENSIO.paymentIntents },
    ]);

    const full = await rig.json("run", "stripe_ingest_payment_intents", "--full");
    expect(full.document.jobs[0]).toMatchObject({ records_extracted: MENSIO.paymentIntents, inserted: 0, updated: 0 });
  });
});

describe("on DuckDB", () => {
  it("a dry run leaves no file where there was none, and the same bytes where there was one", async () => {
    await using rig = await createRig(DUCKDB);
    const file = join(rig.directory, "lorchestra.duckdb");
    expect((await rig.run("run", ...JOBS, "--dry-run")).code).toBe(0);
    await expect(readFile(file)).rejects.toThrow("ENOENT");
    await rig.run("run", "stripe_ingest_refunds");
    const before = await readFile(file);
    rig.sandbox.live(1);
    expect((await rig.run("run", ...JOBS, "--dry-run")).code).toBe(0);
    expect((await readFile(file)).equals(before)).toBe(true);
  });
});
