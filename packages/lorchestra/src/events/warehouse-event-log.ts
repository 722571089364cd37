import { LorchestraError } from "../errors.js";
import type { Warehouse } from "../warehouse/warehouse.js";
import type { EventLog } from "./event-log.js";
import type { EventSpool } from "./event-spool.js";

/** The `event_log` table of a warehouse; what the warehouse does not take waits in the spool for the next run. */
export function warehouseEventLog(warehouse: Pick<Warehouse, "appendEvents">, spool: EventSpool): EventLog {
  return {
    async record(rows) {
      try {
        await warehouse.appendEvents(rows);
      } catch (refusal) {
        await spool.keep(rows).catch((cause: unknown) => {
          throw new LorchestraError("EVENTS_LOST", `${rows.length} rows of the event log could not be kept`, {
            hint: "make the warehouse reachable or the state directory writable, then run again",
            facts: { rows: rows.length, spool: (cause as NodeJS.ErrnoException).code ?? null },
            cause: refusal,
          });
        });
      }
    },
    deliverSpooled: () => spool.take((rows) => warehouse.appendEvents(rows)),
  };
}
