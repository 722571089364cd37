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
        return "delivered";
      } catch (refusal) {
        await spool.keep(rows).catch((cause: unknown) => {
          throw lossOf(rows.length, refusal, cause);
        });
        return "waiting";
      }
    },
    deliverSpooled: () => spool.take((rows) => warehouse.appendEvents(rows)),
  };
}

/** What the user can put right keeps the code that says how: a full disk takes the rows neither here nor there. */
function lossOf(rows: number, refusal: unknown, cause: unknown): LorchestraError {
  const facts = { rows, spool: (cause as NodeJS.ErrnoException).code ?? null };
  const message = `${rows === 1 ? "1 row" : `${rows} rows`} of the event log could not be kept`;
  if (!(refusal instanceof LorchestraError)) {
    const hint = "make the warehouse reachable or the state directory writable, then run again";
    return new LorchestraError("EVENTS_LOST", message, { hint, facts, cause: refusal });
  }
  const code = refusal.remedy === "fix-config" ? refusal.code : "EVENTS_LOST";
  return new LorchestraError(code, `${message}: ${refusal.message}`, { hint: refusal.hint, facts, cause: refusal });
}
