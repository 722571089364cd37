export { type TestRunner } from "./test-runner.js";
export { testWarehouse } from "./test-warehouse.js";
export { ODD_PAYLOADS, type OddPayloadName } from "./odd-payloads.js";
export { SUITE_NOW_MS, testOpenOptions, type WarehouseHarness, type WarehousePlace } from "./warehouse-harness.js";
