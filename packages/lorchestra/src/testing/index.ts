export { ODD_PAYLOADS, type OddPayloadName } from "./odd-payloads.js";
export { testEventLog, type EventLogHarness, type EventLogPlace } from "./test-event-log.js";
export { type TestRunner } from "./test-runner.js";
export { testWarehouse } from "./test-warehouse.js";
export { SUITE_NOW_MS, testOpenOptions, type WarehouseHarness, type WarehousePlace } from "./warehouse-harness.js";
