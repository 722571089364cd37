import { join } from "node:path";
import { describe, it } from "vitest";
import { createEventSpool } from "../../src/events/event-spool.js";
import { warehouseEventLog } from "../../src/events/warehouse-event-log.js";
import { testEventLog } from "../../src/testing/index.js";
import { asText } from "../../src/testing/warehouse-context.js";
import { newDuckdbPlace } from "./duckdb-places.js";

describe("events in a DuckDB file", () => {
  testEventLog(
    {
      create: async () => {
        const place = newDuckdbPlace();
        const taking = await place.open();
        await taking.prepare();
        // What was opened only to be read refuses to write, as a warehouse out of reach does.
        const elsewhere = newDuckdbPlace();
        const refusing = await elsewhere.open({ access: "read" });
        let refuses = false;
        return {
          open: () =>
            warehouseEventLog(
              { appendEvents: (rows) => (refuses ? refusing : taking).appendEvents(rows) },
              createEventSpool({ directory: join(place.directory, "state"), warehouseKey: "duckdb" }),
            ),
          refuse: (value) => {
            refuses = value;
          },
          delivered: async () => {
            const ids: string[] = [];
            const { rows } = await taking.query("SELECT event_id FROM events_dev.event_log", { dialect: "native" });
            for await (const [id] of rows) ids.push(asText(id));
            return ids;
          },
          remove: async () => {
            await Promise.all([taking[Symbol.asyncDispose](), refusing[Symbol.asyncDispose]()]);
            await Promise.all([place.remove(), elsewhere.remove()]);
          },
        };
      },
    },
    { describe, it },
  );
});
