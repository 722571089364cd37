import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventPayloads, JobKilledPayload } from "../../src/events/event-payloads.js";
import type { EventType } from "../../src/events/event-row.js";
import { BUILT_IN_JOBS } from "../../src/jobs/built-in-jobs.js";
import { TABLES } from "../../src/warehouse/tables.js";
import { type AccountRig, accountRig } from "../faults/account-rig.js";

const PAGE = readFileSync(new URL("../../../../docs/tables.md", import.meta.url), "utf8");

const section = (title: string): string => PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";

/** Cells of the rows of a section's tables, without those of headings. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| `.*$/gm)].map(([line]) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

const namesIn = (cell: string | undefined): string[] =>
  [...(cell ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);

describe("docs/tables.md", () => {
  it.each(Object.values(TABLES))("has every column of $name in its order, with its type", ({ name, columns }) => {
    const documented = rowsOf(section(name)).filter(([, type]) => /^(STRING|TIMESTAMP|JSON)$/.test(type ?? ""));
    expect(documented.map(([column, type]) => [column, type])).toEqual(
      columns.map(({ name: column, type }) => [`\`${column}\``, type]),
    );
  });

  it("has the fields of each event's payload, and says what each is", () => {
    const rows = rowsOf(section("event_log"));
    const documented = new Map(rows.map(([event = "", fields]) => [event.replaceAll("`", ""), fields ?? ""]));
    const completed = {
      ingest: namesIn(documented.get("ingest.completed")),
      job: namesIn(documented.get("job.completed")),
    };
    const killed = documented.get("job.failed")?.split("killed")[1];
    const fields: Readonly<Record<string, readonly string[]>> = {
      "job.started": namesIn(documented.get("job.started")),
      "ingest.completed": completed.ingest,
      "ingest.failed": [...completed.ingest, ...namesIn(documented.get("ingest.failed"))],
      "upsert.completed": namesIn(documented.get("upsert.completed")),
      "job.completed": completed.job,
      "job.failed": [...completed.job, ...namesIn(documented.get("job.failed")?.split("killed")[0])],
      "job.killed": namesIn(killed),
    };
    const inCode = Object.fromEntries(Object.entries(PAYLOADS).map(([event, keys]) => [event, Object.keys(keys)]));
    expect(fields).toEqual(inCode);
    const explained = new Set(rows.flatMap(([names]) => namesIn(names)));
    for (const field of new Set(Object.values(inCode).flat())) expect(explained).toContain(field);
  });

  describe("queries", () => {
    let rig: AccountRig;
    beforeAll(async () => {
      // Some ask for the last days, as the warehouse's own clock tells them.
      rig = await accountRig({ scenario: "mensio", startMs: Date.now() });
      for (let day = 0; day < 2; day += 1) {
        expect((await rig.run("run", ...Object.keys(BUILT_IN_JOBS))).code).toBe(0);
        rig.sandbox.live(1);
      }
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    const queries = [...PAGE.matchAll(/```sql\n([\s\S]+?)```/g)].map(([, sql = ""]) => ({ sql }));

    it.each(queries)("run as they stand, and find something: $sql", async ({ sql }) => {
      const { code, document } = await rig.json("sql", sql);
      expect({ code, error: document.error }).toEqual({ code: 0, error: undefined });
      // DuckDB holds everything.
      const isEmpty = sql.includes("events_dev.quarantine");
      expect(document).toMatchObject({ row_count: isEmpty ? 0 : expect.any(Number) });
      if (!isEmpty) expect(document).not.toMatchObject({ row_count: 0 });
    });
  });
});

type Fields<Payload> = Readonly<Record<keyof Payload, true>>;

/** In the order of the page; a field that is missing here, or not in the code, does not compile. */
const PAYLOADS: { readonly [Event in EventType]: Fields<EventPayloads[Event]> } & {
  readonly "job.killed": Fields<JobKilledPayload>;
} = {
  "job.started": { job: true, stream: true, mode: true, since: true, until: true },
  "ingest.completed": ingest(),
  "ingest.failed": { ...ingest(), error: true },
  "upsert.completed": {
    job: true,
    stream: true,
    records_extracted: true,
    inserted: true,
    updated: true,
    unchanged: true,
    deleted: true,
    stale: true,
    quarantined: true,
    commits: true,
  },
  "job.completed": ended(),
  "job.failed": { ...ended(), error: true },
  "job.killed": { job: true, status: true, error: true, started_at: true, found_by_run: true },
};

function ingest(): Fields<EventPayloads["ingest.completed"]> {
  return {
    job: true,
    stream: true,
    mode: true,
    records_extracted: true,
    inserted: true,
    requests: true,
    retries: true,
    rate_limited: true,
    duration_ms: true,
    since: true,
    until: true,
    previous_watermark: true,
    watermark: true,
    notices: true,
  };
}

function ended(): Fields<EventPayloads["job.completed"]> {
  return {
    job: true,
    status: true,
    records_extracted: true,
    inserted: true,
    updated: true,
    deleted: true,
    duration_ms: true,
    notices: true,
  };
}
