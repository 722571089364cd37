import { describe, expect, it } from "vitest";
import type { CommitPlan } from "../../../src/warehouse/bigquery/commit/commit-plan.js";
import { commitSql } from "../../../src/warehouse/bigquery/commit/commit-sql.js";
import { joiningMergeSql, mergeSql } from "../../../src/warehouse/bigquery/commit/merge-sql.js";
import { appendEventsSql } from "../../../src/warehouse/bigquery/commit/event-sql.js";
import {
  acquireLeaseSql,
  insertLeaseSql,
  releaseLeaseSql,
  renewLeasesSql,
} from "../../../src/warehouse/bigquery/lease/lease-sql.js";
import {
  liveIdsSql,
  monthsOfRowsSql,
  rowsSql,
  scanSql,
  scanUndatedSql,
  undatedLiveIdsSql,
  unfinishedJobsSql,
} from "../../../src/warehouse/bigquery/read/read-sql.js";

const scope = { sourceSystem: "stripe", connectionName: "stripe-mensio", stream: "invoices", objectType: "invoice" };

const plan: CommitPlan = {
  tables: {
    rawObjects: "`p.d.raw_objects`",
    checkpoints: "`p.d.checkpoints`",
    leases: "`p.d.leases`",
    quarantine: "`p.d.quarantine`",
  },
  scope,
  runId: "01RUN",
  schemaRef: "stripe/invoice/v1",
  fence: {
    name: "stripe/stripe-mensio/invoices",
    holder: '{"pid":1}',
    epoch: "7",
    nextEpoch: "8",
    held: ["stripe/stripe-mensio/invoices", "stripe/stripe-mensio/refunds"],
  },
  checkpoint: { cursor: { until: 5 }, runId: "01RUN", updatedAt: new Date(Date.UTC(2026, 0, 5)) },
  staged: {
    table: "`p.d.staging_x`",
    rows: 40,
    mayRepeat: false,
    hasReplaced: true,
    joining: null,
    days: [{ from: 20_454, until: 20_513 }],
    hasDeletes: true,
    hasQuarantined: true,
    force: false,
    deleteLimit: 50,
    isNewestUnknown: false,
  },
};

describe("the SQL of the BigQuery warehouse", () => {
  it("commits rows, quarantine, checkpoint and lease in one transaction", () => {
    expect(commitSql(plan)).toMatchSnapshot();
  });

  it("commits a checkpoint alone without touching the rows", () => {
    const sql = commitSql({ ...plan, staged: null });
    expect(sql).toMatchSnapshot();
    expect(sql).not.toContain("raw_objects");
  });

  it("can write rows whose hash is equal, and look for the newest read that no lease keeps yet", () => {
    const staged = {
      ...(plan.staged as NonNullable<CommitPlan["staged"]>),
      force: true,
      isNewestUnknown: true,
      days: null,
    };
    const sql = commitSql({
      ...plan,
      checkpoint: null,
      staged: { ...staged, hasReplaced: false, hasQuarantined: false, deleteLimit: null },
    });
    expect(sql).not.toContain("payload_hash !=");
    expect(sql).toContain("SELECT MAX(GREATEST(IFNULL(last_seen");
    expect(sql).not.toContain("checkpoints");
    expect(sql).not.toContain("delete_limit");
    expect(sql).not.toContain("object_created >=");
  });

  it("reads no payload of the target to count", () => {
    const count = commitSql(plan).split("SET counted")[1]?.split("IF CASE")[0] ?? "";
    expect(count).toContain("n_stale");
    expect(count).not.toMatch(/payload\b(?!_hash)/);
  });

  it("names no more of the target's columns in a MERGE than decide what is written", () => {
    const named = new Set([...mergeSql(plan).matchAll(/\bT\.(\w+)/g)].map((match) => match[1]));
    expect([...named].map(String).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "connection_name",
      "deleted_at",
      "idem_key",
      "last_seen",
      "object_created",
      "object_type",
      "payload_hash",
      "source_system",
    ]);
  });

  it.each([
    [false, false, "`p.d.staging_x`"],
    [
      true,
      false,
      "(SELECT * FROM `p.d.staging_x` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY seq ORDER BY op) = 1)",
    ],
    [
      true,
      true,
      "(SELECT * FROM `p.d.staging_x` WHERE seq NOT IN (SELECT replaces FROM `p.d.staging_x` WHERE replaces IS NOT NULL) QUALIFY ROW_NUMBER() OVER (PARTITION BY seq ORDER BY op) = 1)",
    ],
  ])("reads staged rows that count, each once (may repeat: %s, replaced: %s)", (mayRepeat, hasReplaced, source) => {
    const staged = { ...(plan.staged as NonNullable<CommitPlan["staged"]>), mayRepeat, hasReplaced };
    // Counts of rows and of staged rows, MERGE, INSERT and quarantine, and the other MERGE, which asks twice: nothing looks at the
    // table past it.
    for (const [joining, times] of [
      [null, 5],
      [{ otherColumns: [] }, 7],
    ] as const) {
      const parts = commitSql({ ...plan, staged: { ...staged, joining } }).split(source);
      expect(parts).toHaveLength(times + 1);
      expect(parts.join("")).not.toContain("staging_x");
    }
  });

  it("keeps the columns of others, whatever their names, only where it joins rows", () => {
    const joining = { otherColumns: ["note", "its 'own' %"] };
    const staged = { ...(plan.staged as NonNullable<CommitPlan["staged"]>), joining };
    expect(joiningMergeSql({ ...plan, staged }, joining)).toMatchSnapshot();
    expect(mergeSql({ ...plan, staged })).toBe(mergeSql(plan));
    expect(commitSql({ ...plan, staged }).split("`note`")).toHaveLength(3);
  });

  it("joins rows only once it is told to: before, a commit that finds such writes nothing, and says so", () => {
    const staged = { ...(plan.staged as NonNullable<CommitPlan["staged"]>), deleteLimit: null };
    const finding = "CASE WHEN counted.n_joined > 0 THEN 'several_rows' ELSE 'committed' END";
    const sql = commitSql({ ...plan, staged });
    expect(sql).toContain(`IF ${finding} = 'committed' THEN`);
    expect(sql).toContain(`SELECT ${finding} AS outcome`);
    expect(sql).not.toContain("'joined'");
    expect(commitSql({ ...plan, staged: { ...staged, joining: { otherColumns: [] } } })).not.toContain("several_rows");
  });

  it("leaves the clause for tombstones out of a MERGE without any", () => {
    const staged = { ...(plan.staged as NonNullable<CommitPlan["staged"]>), hasDeletes: false };
    expect(mergeSql(plan)).toContain("SET deleted_at = S.read_at");
    expect(mergeSql({ ...plan, staged })).not.toContain("SET deleted_at = S.read_at");
  });

  it("puts no parameter into a MERGE, and no null without a type", () => {
    expect(mergeSql(plan)).not.toMatch(/[@?]/);
    expect(mergeSql(plan)).not.toMatch(/= NULL/);
  });

  it("takes, renews and frees leases", () => {
    const to = { name: "n", epoch: "1", nextEpoch: "2", holder: "h", runId: "r" };
    expect(
      [
        insertLeaseSql("`l`", "n"),
        acquireLeaseSql("`l`", { ...to, isHolderGone: false }),
        acquireLeaseSql("`l`", { ...to, isHolderGone: true }),
        renewLeasesSql("`l`", "h", ["n", "it's"]),
        releaseLeaseSql("`l`", "n", "2"),
      ].join("\n\n"),
    ).toMatchSnapshot();
  });

  it("reads narrow columns to list ids, and payloads only of rows that have no creation", () => {
    const ranges = [
      { from: 100, until: 200 },
      { from: null, until: 50 },
      { from: 150, until: 300 },
      { from: 400, until: null },
    ];
    const sql = liveIdsSql("`r`", scope, ranges);
    expect(sql).not.toContain("payload");
    expect(
      [
        sql,
        undatedLiveIdsSql("`r`", scope, ranges),
        rowsSql("`r`", scope, ["a", "it's"], { payload: true }),
        rowsSql("`r`", scope, ["a"], {
          payload: false,
          created: [Date.UTC(2025, 11, 31) / 1000, Date.UTC(2024, 2) / 1000],
        }),
        scanSql("`r`", scope, false, { from: null, until: Date.UTC(2024, 2) / 1000 }),
        scanSql("`r`", scope, true, { from: null, until: null }),
        scanUndatedSql("`r`", scope, true),
        monthsOfRowsSql("`r`", scope),
        unfinishedJobsSql("`e`", scope),
      ].join("\n\n"),
    ).toMatchSnapshot();
  });

  it("adds events once by their ids", () => {
    const row = {
      event_id: "e1",
      event_type: "job.failed",
      source_system: "lorchestra",
      connection_name: null,
      target_object_type: "invoice",
      event_schema_ref: null,
      correlation_id: "01RUN",
      trace_id: null,
      created_at: new Date(Date.UTC(2026, 0, 1)),
      status: "failed",
      error_message: "it's over",
      payload: { records_extracted: 1 },
    } as const;
    expect(
      appendEventsSql("`e`", [row, { ...row, event_id: "e2", created_at: new Date(Date.UTC(2026, 0, 3)) }]),
    ).toMatchSnapshot();
  });
});
