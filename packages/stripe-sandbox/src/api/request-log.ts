/** What was asked and answered, without any key. */
export interface RequestRecord {
  /** `req_…`, as the client got it. */
  readonly id: string;
  /** The sandbox's time at arrival. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  /** The query string, with its `?`, or empty. */
  readonly search: string;
  /** Stripe's name of the operation, or `unknown`. */
  readonly endpoint: string;
  readonly version: string;
  /** The HTTP status; 0 when the connection ended before one was sent. */
  readonly status: number;
  /** Objects in the page; absent when the answer was no page. */
  readonly items?: number;
  /** Ids in the page, when the sandbox was asked to record them. */
  readonly ids?: readonly string[];
  /** The fault that was played, if any. */
  readonly fault?: string;
}

export interface EndpointStats {
  requests: number;
  /** How often each HTTP status was sent. */
  statuses: Record<string, number>;
  rateLimited: number;
  pages: number;
  emptyPages: number;
  items: number;
}

/** All requests so far, newest last, and counters by endpoint. */
export interface RequestLog extends Iterable<RequestRecord> {
  readonly count: number;
  /** The last ones only, once there are more than {@link LOG_SIZE}. */
  readonly records: readonly RequestRecord[];
  readonly endpoints: Readonly<Record<string, EndpointStats>>;
  /** Sums over all endpoints. */
  readonly total: EndpointStats;
  clear(): void;
}

/** So many records are kept; counters go on. */
export const LOG_SIZE = 100_000;

export function createRequestLog(): RequestLog & { add(record: RequestRecord): void } {
  let records: RequestRecord[] = [];
  let endpoints: Record<string, EndpointStats> = {};
  let total = noStats();
  return {
    get count() {
      return total.requests;
    },
    get records() {
      return records;
    },
    get endpoints() {
      return endpoints;
    },
    get total() {
      return total;
    },
    [Symbol.iterator]: () => records[Symbol.iterator](),
    clear() {
      records = [];
      endpoints = {};
      total = noStats();
    },
    add(record) {
      records.push(record);
      if (records.length > 2 * LOG_SIZE) records = records.slice(-LOG_SIZE);
      count((endpoints[record.endpoint] ??= noStats()), record);
      count(total, record);
    },
  };
}

function noStats(): EndpointStats {
  return { requests: 0, statuses: {}, rateLimited: 0, pages: 0, emptyPages: 0, items: 0 };
}

function count(stats: EndpointStats, { status, items }: RequestRecord): void {
  stats.requests++;
  stats.statuses[status] = (stats.statuses[status] ?? 0) + 1;
  if (status === 429) stats.rateLimited++;
  if (items === undefined || status !== 200) return;
  stats.pages++;
  stats.items += items;
  if (items === 0) stats.emptyPages++;
}
