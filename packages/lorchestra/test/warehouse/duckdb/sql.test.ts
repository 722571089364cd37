import { describe, expect, it } from "vitest";
import { THINGS } from "../../../src/testing/warehouse-context.js";
import { appendEventsSql, unfinishedJobsSql } from "../../../src/warehouse/duckdb/commit/append-events.js";
import {
  dateRowsSql,
  deleteReplacedSql,
  dropCheckpointSql,
  findObjectRowsSql,
  findRowsSql,
  forgetOthersSql,
  keepOthersSql,
  lookAtTableSql,
  insertRowsSql,
  markDeletedSql,
  storeCheckpointSql,
} from "../../../src/warehouse/duckdb/commit/commit-sql.js";
import { createdRanges } from "../../../src/warehouse/created-ranges.js";
import { nearSql } from "../../../src/warehouse/duckdb/read/near-sql.js";
import { tableNames } from "../../../src/warehouse/duckdb/names.js";
import { createTableSql } from "../../../src/warehouse/duckdb/tables/prepare.js";
import {
  checkpointSql,
  countLiveSql,
  liveIdsSqls,
  newestReadSql,
  rowsSql,
} from "../../../src/warehouse/duckdb/read/read-sql.js";
import { EVER } from "../../../src/warehouse/duckdb/commit/seen-bounds.js";
import { TABLES } from "../../../src/warehouse/tables.js";

const names = tableNames("events_dev", "test_");
const rawObjects = names.quoted("raw_objects");
const all = (): boolean => true;
const seedOnly = (column: string): boolean =>
  TABLES.raw_objects.columns.some(({ name, seed }) => seed && name === column);
const write = { scope: THINGS, schemaRef: "it's/v1", runId: "run-1", otherColumns: [] };

describe("the statements", () => {
  const statements: Record<string, string> = {
    "make raw_objects": createTableSql(TABLES.raw_objects, names),
    "find rows by creation": findRowsSql(rawObjects, {
      seen: [
        { fromUs: 1, untilUs: 2 },
        { fromUs: 4, untilUs: 5 },
      ],
      doubtful: [],
    }),
    "find rows by creation, of which not all are known": findRowsSql(rawObjects, {
      seen: [EVER],
      doubtful: [],
    }),
    "find rows by creation, and by key those of unknown creation": findRowsSql(rawObjects, {
      seen: [EVER],
      doubtful: ["object_created"],
    }),
    "find rows by creation, and by key an earlier tool's": findRowsSql(rawObjects, {
      seen: [EVER],
      doubtful: ["object_created", "payload_hash"],
    }),
    "find rows of unknown creation": findRowsSql(rawObjects, { seen: [], doubtful: ["object_created"] }),
    "find rows by key": findRowsSql(rawObjects, "key"),
    "find all rows of objects": findObjectRowsSql(rawObjects),
    "write rows": insertRowsSql(rawObjects, write),
    "write rows beside columns of others": insertRowsSql(rawObjects, { ...write, otherColumns: ['a "b"'] }),
    "keep columns of others": keepOthersSql(rawObjects, ['a "b"', "c"]),
    "forget them": forgetOthersSql(),
    "delete replaced rows": deleteReplacedSql(rawObjects),
    "mark deleted rows": markDeletedSql(rawObjects),
    "drop a checkpoint": dropCheckpointSql(names.quoted("checkpoints")),
    "store a checkpoint": storeCheckpointSql(names.quoted("checkpoints")),
    "look at table": lookAtTableSql(rawObjects),
    "date rows": dateRowsSql(rawObjects),
    "count live rows": countLiveSql(rawObjects, all),
    "count live rows of an earlier tool": countLiveSql(rawObjects, seedOnly),
    "newest read": newestReadSql(rawObjects, all),
    "rows with payloads": rowsSql(rawObjects, all, true),
    "rows of an earlier tool": rowsSql(rawObjects, seedOnly, false),
    "live ids": liveIdsSqls(rawObjects, all, {
      condition: "(NEAR)",
      seen: [
        { fromUs: 1, untilUs: 2 },
        { fromUs: 4, untilUs: 5 },
      ],
    }).join(";\n"),
    "live ids of an earlier tool": liveIdsSqls(rawObjects, seedOnly, null).join(";\n"),
    checkpoint: checkpointSql(names.quoted("checkpoints"), "the stream"),
    "other checkpoints": checkpointSql(names.quoted("checkpoints"), "the others"),
    "append events": appendEventsSql(names.quoted("event_log")),
    "unfinished jobs": unfinishedJobsSql(names.quoted("event_log")),
  };
  for (const [name, sql] of Object.entries(statements)) {
    it(name, () => expect(`\n${sql}\n`).toMatchSnapshot());
  }
});

describe("ranges of created", () => {
  it("join where they touch or overlap, and know what they hold", () => {
    const ranges = createdRanges([
      { from: 10, until: 20 },
      { from: 20, until: 30 },
      { from: 15, until: 25 },
      { from: 50, until: 50 },
      { from: 40, until: 41 },
    ]);
    const held = [9, 10, 29, 30, 39, 40, 41, 50].filter((second) => ranges.has(second));
    expect(held).toEqual([10, 29, 40]);
    expect([ranges.has(null), ranges.isEmpty, ranges.isEverything]).toEqual([false, false, false]);
  });

  it("hold objects without created where one has no lower bound", () => {
    expect(createdRanges([{ from: null, until: 5 }]).has(null)).toBe(true);
    expect(createdRanges([{ from: 5, until: null }]).has(null)).toBe(false);
    expect(createdRanges([{ from: null, until: null }]).isEverything).toBe(true);
    expect(
      createdRanges([
        { from: null, until: 7 },
        { from: 3, until: null },
      ]).isEverything,
    ).toBe(true);
    expect(createdRanges([]).isEmpty).toBe(true);
  });

  it("are looked up in few stretches, however long or many they are", () => {
    const day = 86_400;
    const years = Array.from({ length: 40 }, (_, index) => ({
      from: index * 90 * day,
      until: index * 90 * day + 80 * day,
    }));
    const many = Array.from({ length: 3000 }, (_, index) => ({ from: index * 1000, until: index * 1000 + 10 }));
    for (const ranges of [years, many]) {
      const numbers = /IN \(([^)]*)\)/.exec(nearSql(createdRanges(ranges).intervals, "c"))?.[1]?.split(", ") ?? [];
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers.length).toBeLessThanOrEqual(3500);
    }
    expect(nearSql([{ from: 100, until: 101 }], "c")).toMatchInlineSnapshot(
      `"((epoch_us(c) >> 20) IN (95) AND (c >= make_timestamp(100000000) AND c < make_timestamp(101000000)))"`,
    );
    expect(
      nearSql(
        [
          { from: -Infinity, until: 100 },
          { from: 200, until: Infinity },
        ],
        "c",
      ),
    ).toMatchInlineSnapshot(`"(c < make_timestamp(100000000) OR c >= make_timestamp(200000000))"`);
    // No OR around the list of stretches: with one a scan of five million rows takes two seconds, not 25 ms.
    expect(
      nearSql(
        [
          { from: 100, until: 101 },
          { from: 200, until: Infinity },
        ],
        "c",
      ),
    ).toMatchInlineSnapshot(
      `"(if(c >= make_timestamp(200000000), 95, epoch_us(c) >> 20) IN (95) AND (c >= make_timestamp(100000000) AND c < make_timestamp(101000000) OR c >= make_timestamp(200000000)))"`,
    );
  });
});
