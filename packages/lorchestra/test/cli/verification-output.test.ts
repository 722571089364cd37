import { describe, expect, it } from "vitest";
import { createPaint } from "../../src/cli/output/paint.js";
import { verifyLines } from "../../src/cli/output/verify-lines.js";
import type { StreamVerification } from "../../src/runs/verify-report.js";

const OUTPUT = { write: () => Promise.resolve(), isTerminal: false, columns: 100, isClosed: false };

describe("a verification, for people", () => {
  const stream = (fields: Partial<StreamVerification>): StreamVerification => ({
    job: "stripe_ingest_refunds",
    connection_name: "stripe-mensio",
    object_type: "refund",
    status: "equal",
    in_source: 27,
    in_warehouse: 27,
    standings: {
      missing: 0,
      extra: 0,
      stale: 0,
      incomplete: 0,
      doubled: 0,
      quarantined: 0,
      outdated: 0,
      behind: 0,
      equal: 27,
    },
    money: [],
    findings: [],
    sample: null,
    repair: null,
    watermark: null,
    requests: 1,
    retries: 0,
    rate_limited: 0,
    duration_ms: 1,
    notices: [],
    error: null,
    ...fields,
  });

  const style = { paint: createPaint(OUTPUT, {}), timeZone: "America/Toronto", command: "lorchestra verify --all" };
  const told = (...jobs: StreamVerification[]): string[] =>
    verifyLines({ run_id: "r", status: "equal", repair: false, jobs }, style);

  const behind = Array.from({ length: 1_000 }, (_, index) => {
    return { id: `pi_b${index}`, standing: "behind", paths: [], read_at: null } as const;
  });

  it("says which day an object was read where its reader is", () => {
    const finding = { id: "pi_2", standing: "behind", paths: [], read_at: "2026-11-20T03:00:00.000Z" } as const;
    expect(told(stream({ findings: [finding] }))).toContain("    pi_2  behind (read 2026-11-19)");
  });

  it("says of which connection a stream is where there are several", () => {
    const names = told(stream({}), stream({ connection_name: "stripe-shop" })).map((line) => line.split("  ")[1]);
    expect(names.slice(0, 2)).toEqual([
      "stripe_ingest_refunds of stripe-mensio",
      "stripe_ingest_refunds of stripe-shop",
    ]);
  });

  it("says of a repair what the warehouse has refused, and holds nothing for whole then", () => {
    const lines = told(stream({ repair: { repaired: 3, quarantined: 2, remaining: 0 } }));
    expect(lines).toContain("    3 read again and written, 2 now in quarantine, 0 still differ");
    expect(lines.at(-1)).toBe("! 2 of 27 in quarantine, which the warehouse cannot hold; it holds all others");
    expect(told(stream({ repair: { repaired: 3, quarantined: 0, remaining: 0 } }))).toContain(
      "    3 read again and written, 0 still differ",
    );
  });

  const sample = {
    confidence: 0.95,
    complete: false,
    rows: 300,
    of: 26_530,
    wrong: 0,
    wrong_at_most: 0.00993,
    listed: 9_012,
    windows: 100,
    missing: 0,
    missing_at_most: 0.0301,
  };

  it("says of a sample what it shows of wrong rows and of missing ones, and that the rest was not looked at", () => {
    const jobs = [stream({ status: "sampled", sample })];
    expect(verifyLines({ run_id: "r", status: "sampled", repair: false, jobs }, style)).toEqual([
      "  stripe_ingest_refunds         27 of Stripe looked at        27 in warehouse looked at   no fault in the sample",
      "    300 of 26,530 rows drawn at random, 0 wrong: with 95% confidence at most 0.99% of all are",
      "    9,012 objects of Stripe listed, in 100 windows of time drawn at random and before and after all rows, 0 missing: with 95% confidence at most 3.0% of such windows lack something",
      "✓ no fault in a sample: 27 objects looked at, not everything · lorchestra verify --all compares all",
    ]);
  });

  it("says of a list that was compared whole, and of one that was not read to its end, that it is so", () => {
    expect(told(stream({ sample: { ...sample, complete: true } }))).toContain(
      "    all that Stripe lists was compared: it takes no more requests than a sample",
    );
    expect(told(stream({ sample: { ...sample, missing: 2 } }))).toContain(
      "    9,012 objects of Stripe listed, in 100 windows of time drawn at random and before and after all rows, 2 missing",
    );
    const jobs = [stream({ status: "different", sample: { ...sample, listed: 1, missing: 1, windows: 0 } })];
    expect(verifyLines({ run_id: "r", status: "different", repair: true, jobs }, style)).toEqual(
      expect.arrayContaining([
        "    1 object of Stripe listed, 1 missing; the list goes on, and was not read further",
        expect.stringMatching(/^✗ what differed in the sample was repaired; the rest was not looked at/),
      ]),
    );
  });

  it("shows counts, sums of money, what differs, and the verdict", () => {
    const differing = stream({
      status: "different",
      in_source: 2653,
      standings: {
        missing: 1,
        extra: 0,
        stale: 12,
        incomplete: 0,
        doubled: 0,
        quarantined: 0,
        outdated: 0,
        behind: 4,
        equal: 2640,
      },
      findings: [
        { id: "pi_1", standing: "missing", paths: [], read_at: null },
        { id: "pi_2", standing: "stale", paths: ["status"], read_at: "2026-11-20T10:00:00.000Z" },
        ...behind.slice(0, 15),
      ],
    });
    const equal = stream({ money: [{ currency: "cad", in_source: "431000", in_warehouse: "431000" }] });
    expect(verifyLines({ run_id: "r", status: "different", repair: false, jobs: [equal, differing] }, style)).toEqual([
      "  stripe_ingest_refunds         27 in Stripe        27 in warehouse   equal",
      "    sum CAD 4,310.00 on both sides",
      "  stripe_ingest_refunds      2,653 in Stripe        27 in warehouse   1 missing, 12 stale, 4 behind",
      "    pi_1  missing",
      "    pi_2  stale (read 2026-11-20)  status",
      ...behind.slice(0, 8).map(({ id }) => `    ${id}  behind`),
      "    and 7 more, with --json",
      "✗ 13 of 2,680 differ · lorchestra verify --all --repair reads just these again",
    ]);
    const many = stream({ findings: behind, standings: { ...equal.standings, behind: 2_653 } });
    expect(told(many)).toContain("    and 2,643 more, 990 of them with --json");
    const gone = stream({ status: "different", in_source: 0, standings: { ...equal.standings, extra: 27, equal: 0 } });
    expect(verifyLines({ run_id: "r", status: "different", repair: true, jobs: [gone] }, style).at(-1)).toContain(
      "27 of 27 differ",
    );
    expect(verifyLines({ run_id: "r", status: "equal", repair: false, jobs: [equal] }, style).at(-1)).toBe(
      "✓ 27 objects: the warehouse holds what Stripe holds",
    );
  });

  it("tells whoever compares before the first run to run, which takes far fewer requests than a repair", () => {
    const { standings } = stream({});
    const none = stream({ status: "different", in_warehouse: 0, standings: { ...standings, missing: 27, equal: 0 } });
    const part = stream({ status: "different", in_warehouse: 1, standings: { ...standings, missing: 26, equal: 1 } });
    const verdict = (...jobs: StreamVerification[]) =>
      verifyLines({ run_id: "r", status: "different", repair: false, jobs }, style).at(-1);
    expect(verdict(none)).toBe("✗ 27 of 27 differ · the warehouse has none of them: `lorchestra run …` brings them");
    const emptied = { ...none, watermark: "2026-11-23T19:02:11.000Z" };
    expect(verdict(emptied)).toBe("✗ 27 of 27 differ · lorchestra verify --all --repair reads just these again");
    expect(verdict(none, part)).toBe("✗ 53 of 54 differ · lorchestra verify --all --repair reads just these again");
  });

  it("says where nothing was compared that it was not", () => {
    const notices = [{ code: "STREAM_NOT_ENABLED", message: "this account does not have Issuing" }];
    const jobs = [stream({ status: "skipped", in_source: 0, in_warehouse: 0, notices })];
    expect(verifyLines({ run_id: "r", status: "skipped", repair: false, jobs }, style)).toEqual([
      "  stripe_ingest_refunds  skipped",
      "    this account does not have Issuing",
      "- nothing was compared: the account does not have what these streams are of",
    ]);
  });

  it.each([
    [
      { behind: 2 },
      "✓ 27 objects: the warehouse holds what Stripe held at the last run; 2 changed since, which the next run brings",
    ],
    [
      { outdated: 3 },
      "✓ 27 objects: the warehouse holds what Stripe holds; 3 of another API version, which the next run reads again",
    ],
    [
      { quarantined: 1, behind: 2 },
      "! 1 of 27 in quarantine, which the warehouse cannot hold; it holds all others; 2 changed since, which the next run brings",
    ],
  ])("never says that the warehouse holds what it does not hold yet: %o", (standings, verdict) => {
    const none = stream({}).standings;
    expect(told(stream({ standings: { ...none, ...standings } })).at(-1)).toBe(verdict);
  });
});
