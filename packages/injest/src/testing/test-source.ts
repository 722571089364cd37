import type { SourceHarness } from "./source-harness.js";
import { testAborting } from "./source/aborting.js";
import { testCursors } from "./source/cursors.js";
import { testEvents } from "./source/events.js";
import { testIncrements } from "./source/increments.js";
import { testListing } from "./source/listing.js";
import { testReading } from "./source/reading.js";
import { testRetrieving } from "./source/retrieving.js";
import { testWindows } from "./source/windows.js";
import { createContext } from "./stream-context.js";
import type { TestRunner } from "./test-runner.js";

/**
 * The contract of `Source` and `Stream` as tests: what runs rely on, whatever the source.
 *
 * A source's own test calls this, and then states only what is special about it:
 *
 * ```ts
 * import { describe, it } from "vitest";
 * testSource({ streams: ["customers"], create: async () => newWorld() }, { describe, it });
 * ```
 */
export function testSource(harness: SourceHarness, runner: TestRunner): void {
  for (const streamName of harness.streams) {
    const context = createContext(harness, streamName, runner);
    context.group("read", () => testReading(context));
    context.group("listed ranges", () => testListing(context));
    context.group("cursors", () => testCursors(context));
    context.group("increments", () => testIncrements(context));
    context.group("events", () => testEvents(context));
    context.group("windows", () => testWindows(context));
    context.group("abort", () => testAborting(context));
    context.group("retrieve", () => testRetrieving(context));
  }
}
