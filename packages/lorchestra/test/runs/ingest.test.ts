import { SourceError } from "injest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobReport } from "../../src/runs/run-report.js";
import { commitEvery, type RigRunOptions, type RunRig, runRig, THINGS } from "./run-rig.js";

let rig: RunRig;
beforeEach(() => {
  rig = runRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const ingest = (options?: RigRunOptions): Promise<JobReport> => rig.run((context) => THINGS.run(context), options);

/** So many objects, a minute apart, the oldest first. */
function putThings(count: number, from = 0): void {
  for (let n = from; n < from + count; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + n * 60, n });
}

/** What the warehouse holds as live rows, by id. */
async function live(): Promise<Record<string, string>> {
  const rows = await rig.rows("SELECT external_id, payload FROM events_dev.raw_objects WHERE deleted_at IS NULL");
  return Object.fromEntries(rows.map((row) => [String(row["external_id"]), String(row["payload"])]));
}

/** What the source holds, by id. */
function truth(ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [id, rig.source.json(id)]));
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `th_${n}`);

const unreachable = () => new SourceError("SOURCE_UNREACHABLE", "stripe cannot be reached", { hint: "try again" });

describe("a first run", () => {
  test("brings every object as it is, and counts exactly", async () => {
    putThings(10);
    expect(await ingest()).toMatchObject({
      status: "completed",
      records_extracted: 10,
      inserted: 10,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      error: null,
    });
    expect(await live()).toEqual(truth(ids(10)));
  });

  test("of an empty stream completes with nothing", async () => {
    expect(await ingest()).toMatchObject({ status: "completed", records_extracted: 0, inserted: 0 });
  });

  test("counts all commits together", async () => {
    putThings(20);
    expect(await ingest({ wrap: commitEvery(4) })).toMatchObject({
      status: "completed",
      records_extracted: 20,
      inserted: 20,
    });
    const [upsert] = await rig.rows(
      "SELECT json_extract_string(payload, '$.commits') AS commits FROM events_dev.event_log WHERE event_type = 'upsert.completed'",
    );
    expect(Number(upsert?.["commits"])).toBeGreaterThan(1);
  });
});

describe("the next run", () => {
  test("tells up to when the stream was complete before, and is now", async () => {
    putThings(5);
    const first = await ingest();
    expect(first).toMatchObject({ previous_watermark: null, watermark: expect.any(String) });
    rig.clock.advance(60_000);
    const second = await ingest();
    expect(second.previous_watermark).toBe(first.watermark);
    expect(second.watermark).not.toBe(first.watermark);
  });

  test("changes nothing when nothing has changed", async () => {
    putThings(10);
    await ingest();
    expect(await ingest()).toMatchObject({ status: "completed", inserted: 0, updated: 0, deleted: 0 });
    expect(await live()).toEqual(truth(ids(10)));
  });

  test("brings what was created, changed and deleted since", async () => {
    putThings(10);
    await ingest();
    rig.source.put("th_3", { n: "changed" });
    rig.source.put("th_10", { created: 1_700_000_600 });
    rig.source.delete("th_5");
    expect(await ingest()).toMatchObject({ inserted: 1, updated: 1, deleted: 1, records_extracted: 2 });
    const left = ids(11).filter((id) => id !== "th_5");
    expect(await live()).toEqual(truth(left));
  });

  test("revives an object that comes back", async () => {
    putThings(3);
    await ingest();
    rig.source.delete("th_1");
    await ingest();
    rig.source.put("th_1", { created: 1_700_000_060, n: 1 });
    expect(await ingest()).toMatchObject({ updated: 1, inserted: 0 });
    expect(Object.keys(await live())).toContain("th_1");
  });
});

describe("rows that were read at a time that is still to come by the source's clock", () => {
  test("take what the next run brings all the same", async () => {
    putThings(10);
    await ingest();
    await rig.tamper("UPDATE events_dev.raw_objects SET last_seen = last_seen + INTERVAL 1 HOUR");
    rig.source.put("th_2", { n: "changed" });
    rig.source.delete("th_3");
    expect(await ingest()).toMatchObject({ updated: 1, deleted: 1, stale: 0 });
    expect(await live()).toEqual(truth(ids(10).filter((id) => id !== "th_3")));
  });
});

describe("a full run", () => {
  test("finds deletions that nothing told of, by what the lists lack", async () => {
    putThings(10);
    await ingest();
    rig.source.delete("th_4", { silently: true });
    expect(await ingest()).toMatchObject({ deleted: 0 });
    expect(await ingest({ full: true })).toMatchObject({ deleted: 1, records_extracted: 9, unchanged: 9 });
    expect(Object.keys(await live())).not.toContain("th_4");
  });

  test("finds all that is gone in one run, however much it is", async () => {
    await using large = runRig({ pageSize: 1_000 });
    for (let n = 0; n < 1_100; n += 1) large.source.put(`th_${n}`, { created: 1_700_000_000 + n });
    await large.run((context) => THINGS.run(context));
    for (let n = 0; n < 1_050; n += 1) large.source.delete(`th_${n}`, { silently: true });
    const report = await large.run((context) => THINGS.run(context), { full: true, allowDeletes: true });
    expect(report).toMatchObject({ status: "completed", deleted: 1_050, unchanged: 50 });
    expect(new Set(large.source.calls.retrieved).size).toBe(1_050);
    expect(large.source.calls.retrieved).toHaveLength(1_050);
  });

  test("asks singly for no object that the lists have, also where pages share a second", async () => {
    for (let n = 0; n < 12; n += 1) rig.source.put(`th_${n}`, { created: 1_700_000_000 + Math.floor(n / 6) });
    await ingest();
    rig.source.calls.retrieved.length = 0;
    await ingest({ full: true, wrap: commitEvery(3) });
    expect(rig.source.calls.retrieved).toEqual([]);
  });
});

describe("a checkpoint that cannot be read", () => {
  test("does not mind that the checkpoint of another stream cannot be read", async () => {
    putThings(3);
    await ingest();
    await rig.tamper(`UPDATE events_dev.checkpoints SET stream = 'gadgets', "cursor" = '"rubbish"'`);
    expect(await ingest()).toMatchObject({ status: "completed", error: null });
  });

  test.each([
    ["is of another version", `UPDATE events_dev.checkpoints SET cursor = '"of another version"'`],
    [
      "is no JSON",
      `ALTER TABLE events_dev.checkpoints ALTER cursor TYPE VARCHAR; UPDATE events_dev.checkpoints SET cursor = '{"v":'`,
    ],
  ])("that %s fails the run, which says so; a full run stores a new one", async (_, damage) => {
    putThings(5);
    await ingest();
    await rig.tamper(damage);
    expect(await ingest()).toMatchObject({ status: "failed", error: { code: "SOURCE_CURSOR_INVALID" } });
    expect(await ingest({ full: true })).toMatchObject({ status: "completed", unchanged: 5 });
    expect(await ingest()).toMatchObject({ status: "completed", records_extracted: 0 });
  });
});

describe("a windowed run", () => {
  test("brings what was created in the window, and leaves the checkpoint as it was", async () => {
    putThings(10);
    const window = { since: new Date(1_700_000_120_000), until: new Date(1_700_000_300_000) };
    expect(await ingest(window)).toMatchObject({
      records_extracted: 3,
      inserted: 3,
      previous_watermark: null,
      watermark: null,
      since: window.since.toISOString(),
      until: window.until.toISOString(),
    });
    expect(Object.keys(await live()).sort()).toEqual(["th_2", "th_3", "th_4"]);
    expect(await rig.rows("SELECT * FROM events_dev.checkpoints")).toEqual([]);
  });

  test("says nothing of how complete the stream is, also where a run before it did", async () => {
    putThings(3);
    expect((await ingest()).watermark).not.toBeNull();
    expect(await ingest({ since: new Date(0) })).toMatchObject({ status: "completed", watermark: null });
  });

  test("does not hide from the next run what it did not read", async () => {
    putThings(10);
    await ingest();
    rig.source.put("th_9", { n: "changed" });
    await ingest({ until: new Date(1_700_000_060_000) });
    expect(await ingest()).toMatchObject({ updated: 1 });
  });
});

describe("rows of an earlier tool, without a checkpoint", () => {
  test("are brought up to date in one run, what was created since the newest of them first", async () => {
    putThings(10);
    await ingest();
    await rig.tamper("DELETE FROM events_dev.checkpoints");
    rig.source.put("th_0", { n: "changed" }, { silently: true });
    let firstSince: Date | undefined;
    const { things } = rig.source.streams;
    const source = {
      ...rig.source,
      streams: {
        things: {
          ...things!,
          read: (options = {}) => {
            firstSince = (options as { firstSince?: Date }).firstSince;
            return things!.read(options);
          },
        },
      },
    };
    expect(await ingest({ source })).toMatchObject({ status: "completed", updated: 1, unchanged: 9 });
    const [{ newest } = {}] = await rig.rows(
      "SELECT max(last_seen) AS newest FROM events_dev.raw_objects WHERE external_id <> 'th_0'",
    );
    expect(firstSince?.getTime()).toBe(Date.parse(String(newest)) - 3_600_000);
  });
});

describe("a source that fails on the way", () => {
  test("loses nothing that came, and nothing is read twice", async () => {
    putThings(12);
    rig.source.before = (step) => {
      if (step.kind === "page" && step.page === 3) throw unreachable();
    };
    expect(await ingest()).toMatchObject({
      status: "failed",
      records_extracted: 6,
      inserted: 6,
      error: { code: "SOURCE_UNREACHABLE", hint: "try again" },
    });
    expect(await live()).toEqual(truth(ids(12).slice(6)));
    rig.source.before = () => undefined;
    expect(await ingest()).toMatchObject({ status: "completed", records_extracted: 6, inserted: 6, unchanged: 0 });
    expect(await live()).toEqual(truth(ids(12)));
  });

  test("while missing rows are looked for keeps them, and has them looked for again", async () => {
    putThings(6);
    await ingest();
    rig.source.delete("th_2", { silently: true });
    rig.source.put("th_3", { n: "changed" }, { silently: true });
    rig.source.before = (step) => {
      if (step.kind === "retrieve") throw unreachable();
    };
    expect(await ingest({ full: true })).toMatchObject({ status: "failed", updated: 1, deleted: 0 });
    // The cursor that calls the ranges done is not stored.
    expect(await rig.rows("SELECT run_id FROM events_dev.checkpoints")).toEqual([{ run_id: "run-1" }]);
    rig.source.before = () => undefined;
    expect(await ingest({ full: true })).toMatchObject({ status: "completed", updated: 0, deleted: 1 });
  });

  test("because the stream is not enabled makes the job skipped, with the reason", async () => {
    rig.source.before = () => {
      throw new SourceError("SOURCE_NOT_ENABLED", "the account has no things", { hint: "enable them" });
    };
    expect(await ingest()).toMatchObject({
      status: "skipped",
      error: null,
      notices: [{ code: "STREAM_NOT_ENABLED", message: "the account has no things" }],
    });
    const events = await rig.rows("SELECT event_type FROM events_dev.event_log ORDER BY event_type");
    expect(events.map((row) => row["event_type"])).toEqual(["job.completed", "job.started"]);
  });

  test("because the stream is not enabled any more, although this run has brought some of it, is a failure", async () => {
    putThings(10);
    rig.source.before = (step) => {
      if (step.kind === "page" && step.page === 3)
        throw new SourceError("SOURCE_NOT_ENABLED", "the account has no things", { hint: "enable them" });
    };
    const report = await ingest({ wrap: commitEvery(3) });
    expect(report).toMatchObject({ status: "failed", inserted: 6, error: { code: "SOURCE_NOT_ENABLED" } });
  });

  test.each([0, 3])(
    "because the stream, of which %d objects were read, is not enabled any more, fails and keeps the rows",
    async (n) => {
      putThings(n);
      await ingest();
      rig.source.before = () => {
        throw new SourceError("SOURCE_NOT_ENABLED", "the account has no things", { hint: "enable them" });
      };
      for (const options of [{}, { full: true }, { dryRun: true }, { since: new Date(0) }]) {
        expect(await ingest(options)).toMatchObject({
          status: "failed",
          error: {
            code: "SOURCE_NOT_ENABLED",
            message: "the account has no things, although its objects were read before",
          },
        });
      }
      expect(Object.keys(await live())).toHaveLength(n);
    },
  );

  test("because a stream is not enabled, of which windows alone were read, is a failure, too", async () => {
    putThings(3);
    await ingest({ since: new Date(0) });
    rig.source.before = () => {
      throw new SourceError("SOURCE_NOT_ENABLED", "the account has no things", { hint: "enable them" });
    };
    expect(await ingest()).toMatchObject({ status: "failed", error: { code: "SOURCE_NOT_ENABLED" } });
  });

  test("because the key opens another account leaves the warehouse untouched", async () => {
    putThings(3);
    await ingest();
    const before = await rig.rows("SELECT * FROM events_dev.event_log ORDER BY event_id");
    rig.source.account = "acct_2";
    rig.source.put("th_9", {});
    expect(await ingest()).toMatchObject({ status: "failed", error: { code: "SOURCE_ACCOUNT_CHANGED" } });
    expect(await rig.rows("SELECT * FROM events_dev.event_log ORDER BY event_id")).toEqual(before);
    expect(Object.keys(await live())).toHaveLength(3);
  });
});

describe("an interruption", () => {
  test("commits what came, keeps the checkpoint, and the next run goes on from there", async () => {
    putThings(12);
    const interruption = new AbortController();
    rig.source.before = (step) => {
      if (step.kind === "page" && step.page === 3) interruption.abort(new Error("SIGINT"));
    };
    expect(await ingest({ signal: interruption.signal })).toMatchObject({
      status: "interrupted",
      inserted: 6,
      error: null,
    });
    rig.source.before = () => undefined;
    rig.source.calls.lists = 0;
    expect(await ingest()).toMatchObject({ status: "completed", inserted: 6, unchanged: 0 });
    expect(rig.source.calls.lists).toBe(2);
  });

  test("before the job has begun writes nothing", async () => {
    putThings(3);
    const report = await ingest({ signal: AbortSignal.abort(new Error("SIGINT")) });
    expect(report).toMatchObject({ status: "interrupted", requests: 0 });
  });

  test("is over in time when missing rows take too long to look for: they are looked for again", async () => {
    putThings(6);
    await ingest();
    rig.source.delete("th_2", { silently: true });
    rig.source.put("th_3", { n: "changed" }, { silently: true });
    const interruption = new AbortController();
    rig.source.before = async (step) => {
      if (step.kind !== "retrieve") return;
      interruption.abort(new Error("SIGINT"));
      // The source goes on waiting until it is told to stop: half of the time a commit may take.
      rig.clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    };
    const report = await ingest({ full: true, signal: interruption.signal });
    expect(report).toMatchObject({ status: "interrupted", deleted: 0 });
    rig.source.before = () => undefined;
    expect(await ingest({ full: true })).toMatchObject({ deleted: 1 });
    expect(await live()).toEqual(truth(ids(6).filter((id) => id !== "th_2")));
  });
});

test("the report counts requests and passes on what the source has to say", async () => {
  putThings(4);
  const seen: string[] = [];
  const report = await ingest({ observe: ({ type }) => seen.push(type) });
  expect(report.requests).toBe(2);
  expect(seen).toEqual(["request", "request"]);
});

test("a job that names a stream which the source lacks fails and names those there are", async () => {
  const source = { ...rig.source, streams: {} };
  expect(await ingest({ source })).toMatchObject({ status: "failed", error: { code: "JOB_MODULE_INVALID" } });
});
