import type { ErrorProto } from "./api-error.js";

/*
 * The parts of BigQuery's REST resources that are used here (https://cloud.google.com/bigquery/docs/reference/rest).
 * 64-bit numbers come as decimal strings.
 */

export interface DatasetResource {
  readonly location?: string;
}

export interface FieldSchema {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  /** What a row gets that is inserted without a value for it. */
  readonly defaultValueExpression?: string;
  readonly fields?: readonly FieldSchema[];
}

export interface TableResource {
  readonly tableReference?: { readonly projectId?: string; readonly datasetId?: string; readonly tableId: string };
  /** "TABLE", "VIEW", "MATERIALIZED_VIEW", "EXTERNAL", "SNAPSHOT". */
  readonly type?: string;
  readonly schema?: { readonly fields?: readonly FieldSchema[] };
  readonly timePartitioning?: { readonly type: string; readonly field?: string; readonly expirationMs?: string | null };
  /** Each query must name the partitions that it reads. */
  readonly requirePartitionFilter?: boolean;
  readonly clustering?: { readonly fields: readonly string[] };
  /** Milliseconds since the epoch. */
  readonly expirationTime?: string | null;
  readonly creationTime?: string;
  readonly lastModifiedTime?: string;
  readonly etag?: string;
  readonly numBytes?: string;
  readonly numRows?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface JobConfiguration {
  readonly query?: QueryConfiguration;
  readonly load?: LoadConfiguration;
  readonly labels?: Readonly<Record<string, string>>;
  readonly jobTimeoutMs?: string;
  readonly dryRun?: boolean;
}

export interface QueryConfiguration {
  readonly query: string;
  readonly useLegacySql: false;
  readonly defaultDataset?: { readonly projectId: string; readonly datasetId: string };
  readonly maximumBytesBilled?: string;
  readonly scriptOptions?: { readonly statementByteBudget?: string };
  readonly parameterMode?: "POSITIONAL";
  readonly queryParameters?: readonly QueryParameter[];
}

export interface QueryParameter {
  readonly parameterType: { readonly type: string };
  readonly parameterValue: { readonly value: string | null };
}

export interface LoadConfiguration {
  readonly destinationTable: { readonly projectId: string; readonly datasetId: string; readonly tableId: string };
  readonly schema: { readonly fields: readonly FieldSchema[] };
  readonly sourceFormat: "NEWLINE_DELIMITED_JSON";
  readonly createDisposition: "CREATE_NEVER";
  readonly writeDisposition: "WRITE_APPEND";
  readonly maxBadRecords: number;
}

export interface JobResource {
  readonly jobReference?: { readonly projectId?: string; readonly jobId: string; readonly location?: string };
  readonly status?: {
    readonly state: "PENDING" | "RUNNING" | "DONE";
    readonly errorResult?: ErrorProto;
    readonly errors?: readonly ErrorProto[];
  };
  readonly statistics?: {
    /** Milliseconds since the epoch. */
    readonly creationTime?: string;
    /** Of a script. */
    readonly numChildJobs?: string;
    readonly totalBytesProcessed?: string;
    readonly totalSlotMs?: string;
    readonly query?: {
      readonly statementType?: string;
      readonly totalBytesProcessed?: string;
      readonly totalBytesBilled?: string;
      readonly numDmlAffectedRows?: string;
      readonly dmlStats?: DmlStats;
    };
    readonly load?: { readonly outputRows?: string; readonly badRecords?: string };
  };
}

export interface DmlStats {
  readonly insertedRowCount?: string;
  readonly updatedRowCount?: string;
  readonly deletedRowCount?: string;
}

/** A page of rows, of a query's result or of a table. */
export interface RowPage {
  readonly schema?: { readonly fields?: readonly FieldSchema[] };
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
  readonly pageToken?: string | null;
  /** False: this is no page yet. */
  readonly jobComplete?: boolean;
}
