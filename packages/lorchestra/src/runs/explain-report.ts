import type { ReportedError } from "./run-report.js";
import type { Standing } from "./verify-report.js";

/** What `lorchestra explain ID --json` prints; names and shapes are stable. Times are ISO 8601 in UTC. */
export interface ExplainReport {
  readonly id: string;
  /** Streams that the id may be of, where it was looked for: all of them where it begins like none. */
  readonly searched: readonly string[];
  /** Usually one; none when neither the warehouse nor the source knows the id. */
  readonly objects: readonly ExplainedObject[];
  /** Connections that could not be asked. */
  readonly errors: readonly (ReportedError & { readonly connection_name: string })[];
}

export interface ExplainedObject {
  readonly connection_name: string;
  readonly stream: string;
  readonly object_type: string;
  /** Null without a row; so are the next seven. */
  readonly idem_key: string | null;
  readonly first_seen: string | null;
  /** When the stored payload was read. */
  readonly last_seen: string | null;
  readonly deleted_at: string | null;
  /** The run that wrote the stored payload. */
  readonly run_id: string | null;
  readonly api_version: string | null;
  /** The source's id of the request that brought it. */
  readonly request_id: string | null;
  /** The stream is complete up to this time; null where it is not. */
  readonly watermark: string | null;
  /** The source's own events about the object since the stored payload was read, newest first; null if they may not be read. */
  readonly events_since: readonly ExplainedEvent[] | null;
  /** What verify would say now. `gone`: neither side has it as a live object. */
  readonly standing: Standing | "gone";
  /** Dotted paths that differ from the source; no values. */
  readonly differences: readonly string[];
  /** The nested lists of the stored payload. */
  readonly lists: readonly { readonly path: string; readonly items: number; readonly of: number | null }[];
}

export interface ExplainedEvent {
  readonly id: string;
  readonly type: string;
  readonly created: string;
}
