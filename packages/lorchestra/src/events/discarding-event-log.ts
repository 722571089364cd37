import type { EventLog } from "./event-log.js";

/** Keeps nothing: a dry run writes no events, and delivers none. */
export const discardingEventLog: EventLog = {
  record: () => Promise.resolve("delivered"),
  deliverSpooled: () => Promise.resolve(0),
};
