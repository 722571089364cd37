import { testAppendEvents } from "./warehouse/append-events.js";
import { testCheckpoints } from "./warehouse/checkpoints.js";
import { testCommit } from "./warehouse/commit.js";
import { testDeletes } from "./warehouse/deletes.js";
import { testHistories } from "./warehouse/histories.js";
import { testLeases } from "./warehouse/leases.js";
import { testPayloads } from "./warehouse/payloads.js";
import { testPrepare } from "./warehouse/prepare.js";
import { testQuery } from "./warehouse/query.js";
import { testReadOnly } from "./warehouse/read-only.js";
import { testReads } from "./warehouse/reads.js";
import { testUnlisted } from "./warehouse/unlisted.js";
import { testVerdicts } from "./warehouse/verdicts.js";
import { createContext } from "./warehouse-context.js";
import type { TestRunner } from "./test-runner.js";
import type { WarehouseHarness } from "./warehouse-harness.js";

/**
 * The contract of `Warehouse` as tests: what runs rely on, whatever the warehouse.
 *
 * A warehouse's own test calls this, and then states only what is special about it:
 *
 * ```ts
 * import { describe, it } from "vitest";
 * testWarehouse({ create: async () => newPlace(), payloads: "verbatim" }, { describe, it });
 * ```
 */
export function testWarehouse(harness: WarehouseHarness, runner: TestRunner): void {
  const context = createContext(harness, runner);
  context.group("prepare", () => testPrepare(context));
  context.group("commit", () => testCommit(context));
  context.group("verdicts", () => testVerdicts(context));
  context.group("deletes", () => testDeletes(context));
  context.group("checkpoints", () => testCheckpoints(context));
  context.group("any history of commits", () => testHistories(context));
  context.group("payloads", () => testPayloads(context));
  context.group("reads", () => testReads(context));
  context.group("unlisted", () => testUnlisted(context));
  context.group("leases", () => testLeases(context));
  context.group("access read", () => testReadOnly(context));
  context.group("events", () => testAppendEvents(context));
  context.group("query", () => testQuery(context));
}
