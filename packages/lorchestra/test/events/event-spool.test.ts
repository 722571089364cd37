import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LorchestraError } from "../../src/errors.js";
import type { EventRow } from "../../src/events/event-row.js";
import { createEventSpool } from "../../src/events/event-spool.js";
import { warehouseEventLog } from "../../src/events/warehouse-event-log.js";
import { sampleEvent } from "./sample-events.js";

let parent: string;
let directory: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "spool-"));
  directory = join(parent, "state");
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const spoolFor = (warehouseKey: string) => createEventSpool({ directory, warehouseKey });

/** A warehouse that takes events, or refuses them all. */
function eventTable() {
  const rows: EventRow[] = [];
  const table = {
    rows,
    refuses: false,
    refusal: new Error("unreachable"),
    appendEvents: (added: readonly EventRow[]) => take(added),
  };
  const take = (added: readonly EventRow[]): Promise<void> => {
    if (table.refuses) return Promise.reject(table.refusal);
    rows.push(...added);
    return Promise.resolve();
  };
  return table;
}

describe("the event log of a warehouse", () => {
  test("delivers rows at once, and writes no file, while the warehouse takes them", async () => {
    const table = eventTable();
    await warehouseEventLog(table, spoolFor("a")).record([sampleEvent("1")]);
    expect(table.rows).toEqual([sampleEvent("1")]);
    expect(readdirSync(parent)).toEqual([]);
  });

  test("keeps what the warehouse refuses, and a later run delivers it whole and in order", async () => {
    const table = eventTable();
    table.refuses = true;
    const first = warehouseEventLog(table, spoolFor("a"));
    await first.record([sampleEvent("1"), sampleEvent("2")]);
    await first.record([sampleEvent("3")]);
    table.refuses = false;
    expect(await warehouseEventLog(table, spoolFor("a")).deliverSpooled()).toBe(3);
    expect(table.rows).toEqual([sampleEvent("1"), sampleEvent("2"), sampleEvent("3")]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test("keeps the file when the delivery fails again", async () => {
    const table = eventTable();
    table.refuses = true;
    const log = warehouseEventLog(table, spoolFor("a"));
    await log.record([sampleEvent("1")]);
    await expect(log.deliverSpooled()).rejects.toThrow("unreachable");
    table.refuses = false;
    expect(await log.deliverSpooled()).toBe(1);
  });

  test("tries no other file where the run was asked to stop", async () => {
    const spool = spoolFor("a");
    for (const id of ["1", "2", "3"]) await spool.keep([sampleEvent(id)]);
    let asked = 0;
    const appendEvents = (): Promise<void> => Promise.reject(new Error(`stop ${(asked += 1)}`));
    await expect(warehouseEventLog({ appendEvents }, spool).deliverSpooled()).rejects.toThrow("stop 1");
    expect(asked).toBe(1);
  });

  test("delivers what comes after rows that are always refused, and says that those were", async () => {
    const spool = spoolFor("a");
    for (const id of ["1", "odd", "2", "odd too", "3"]) await spool.keep([sampleEvent(id)]);
    const table = eventTable();
    const refusal = new LorchestraError("WAREHOUSE_FAILED", "it refuses this", { hint: "report this" });
    const isOdd = (rows: readonly EventRow[]): boolean => rows.some(({ event_id }) => event_id.includes("odd"));
    const log = warehouseEventLog(
      { appendEvents: (rows) => (isOdd(rows) ? Promise.reject(refusal) : table.appendEvents(rows)) },
      spool,
    );
    for (let run = 1; run <= 2; run += 1) {
      await expect(log.deliverSpooled()).rejects.toBe(refusal);
      expect(table.rows).toEqual([sampleEvent("1"), sampleEvent("2"), sampleEvent("3")]);
      expect(readdirSync(directory)).toHaveLength(2);
    }
    expect(await warehouseEventLog(table, spool).deliverSpooled()).toBe(2);
  });

  test("asks a warehouse once that takes nothing now", async () => {
    const spool = spoolFor("a");
    for (const id of ["1", "2"]) await spool.keep([sampleEvent(id)]);
    let asked = 0;
    const away = new LorchestraError("WAREHOUSE_UNREACHABLE", "it does not answer", { hint: "wait" });
    const appendEvents = (): Promise<void> => Promise.reject(((asked += 1), away));
    await expect(warehouseEventLog({ appendEvents }, spool).deliverSpooled()).rejects.toBe(away);
    expect(asked).toBe(1);
  });

  test("never delivers to one warehouse what is meant for another", async () => {
    const table = eventTable();
    await spoolFor("a").keep([sampleEvent("1")]);
    expect(await warehouseEventLog(table, spoolFor("b")).deliverSpooled()).toBe(0);
    expect(table.rows).toEqual([]);
  });

  test("says so when rows could be neither delivered nor kept", async () => {
    const table = eventTable();
    table.refuses = true;
    writeFileSync(directory, "a file where the directory should be");
    await expect(warehouseEventLog(table, spoolFor("a")).record([sampleEvent("1")])).rejects.toMatchObject({
      code: "EVENTS_LOST",
      facts: { rows: 1 },
    });
  });
});

describe("rows that could be neither delivered nor kept", () => {
  const full = new LorchestraError("WAREHOUSE_FULL", "the disk is full", { hint: "free some space" });
  const away = new LorchestraError("WAREHOUSE_UNREACHABLE", "it does not answer", { hint: "wait" });

  test.each([
    [full, "WAREHOUSE_FULL"],
    [away, "EVENTS_LOST"],
  ])("say why: %s, with the code that says what to do", async (refusal, code) => {
    const table = eventTable();
    Object.assign(table, { refuses: true, refusal });
    writeFileSync(directory, "a file where the directory should be");
    await expect(warehouseEventLog(table, spoolFor("a")).record([sampleEvent("1")])).rejects.toMatchObject({
      code,
      message: `1 row of the event log could not be kept: ${refusal.message}`,
      hint: refusal.hint,
    });
  });
});

describe("the spool's files", () => {
  test("can be read by their owner only", async () => {
    await spoolFor("a").keep([sampleEvent("1")]);
    const [name = ""] = readdirSync(directory);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("do not name the warehouse", async () => {
    await spoolFor("duckdb:./private-name.duckdb").keep([sampleEvent("1")]);
    expect(readdirSync(directory).join()).not.toContain("private-name");
  });

  test("are set aside when they are damaged, and the others are delivered", async () => {
    const table = eventTable();
    const spool = spoolFor("a");
    await spool.keep([sampleEvent("1")]);
    const [name = ""] = readdirSync(directory);
    writeFileSync(join(directory, name.replace(/-[^-]+\.ndjson$/, "-0000.ndjson")), "{ damaged");
    expect(await warehouseEventLog(table, spool).deliverSpooled()).toBe(1);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/-0000\.ndjson\.damaged$/)]);
  });
});
