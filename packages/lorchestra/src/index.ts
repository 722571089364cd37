// What a job of your own needs.
export { ingestJob, type IngestJobSpec } from "./jobs/ingest-job.js";
export type { Job } from "./jobs/job.js";
export { recordedJob } from "./runs/job/recorded-job.js";
export type { Connection, RunContext, RunOptions } from "./runs/run-context.js";
export type {
  JobReport,
  JobStatus,
  Notice,
  ReportedError,
  RunReport,
  RunStatus,
  SampleChange,
} from "./runs/run-report.js";
export {
  type ErrorFacts,
  LORCHESTRA_ERRORS,
  LorchestraError,
  type LorchestraErrorCode,
  type Remedy,
} from "./errors.js";

// What the event log holds.
export type { EventLog } from "./events/event-log.js";
export type {
  EventError,
  EventNotice,
  EventPayloads,
  IngestPayload,
  JobEndedPayload,
  JobKilledPayload,
  JobStartedPayload,
  RunMode,
  UpsertPayload,
} from "./events/event-payloads.js";
export type { EventRow, EventType } from "./events/event-row.js";

// What the other commands print with --json.
export type { ExplainedEvent, ExplainedObject, ExplainReport } from "./runs/explain-report.js";
export type { PlannedJob, PlannedLoad, PlanReport } from "./runs/plan-report.js";
export type {
  Fault,
  Finding,
  MoneySum,
  RepairResult,
  SampleResult,
  Standing,
  StreamVerification,
  VerifyReport,
  VerifyStatus,
} from "./runs/verify-report.js";

// The seam behind which a warehouse stands, and the tables that it holds.
export { type Column, type ColumnType, type Table, type TableName, TABLES } from "./warehouse/tables.js";
export type {
  Checkpoint,
  CommitOptions,
  Load,
  LoadEstimate,
  LoadOptions,
  LoadResult,
  OpenOptions,
  QuarantinedObject,
  QueryOptions,
  QueryResult,
  ReadRowsOptions,
  ScannedRow,
  ScanRowsOptions,
  StoredCheckpoint,
  StoredRow,
  StreamScope,
  Warehouse,
  WarehouseCapabilities,
  WarehouseUsage,
} from "./warehouse/warehouse.js";
