export { checkedBatches } from "./checked-batches.js";
export { Mirror, type MirrorRow, type MirrorRun } from "./mirror.js";
export type { SourceHarness, SourceWorld, TrueObject } from "./source-harness.js";
export { testSource } from "./test-source.js";
export type { TestRunner } from "./test-runner.js";
