import { createHash } from "node:crypto";
import {
  type Batch,
  type Change,
  type CreatedRange,
  type Cursor,
  type Listed,
  type ReadOptions,
  type RecordFacts,
  type RetrieveOptions,
  type Source,
  SourceError,
  type SourceEvent,
  type Stream,
} from "injest";

/**
 * A source over a list in memory, true to the contract of `Source`: lists are newest first, page by page; a change feed
 * names what changed; the cursor holds what is still open. It can be told to fail, or to wait.
 */
export interface ArraySource extends Source {
  /** Creates or changes an object; `fields` are merged into it. `toldAt`: when its event says that it happened; default now. */
  put(
    id: string,
    fields: Record<string, unknown> & { created?: number | null },
    options?: { silently?: boolean; toldAt?: Date },
  ): void;
  delete(id: string, options?: { silently?: boolean }): void;
  /** The text of an object as it is now. */
  json(id: string): string;
  readonly calls: { lists: number; retrieved: string[]; eventPasses: number };
  /** Called before each page and each retrieval: what it throws ends the read, what it awaits delays it. */
  before: (step: { kind: "page"; page: number } | { kind: "retrieve"; id: string }) => void | Promise<void>;
  account: string;
  apiVersion: string;
  facts: RecordFacts;
}

export interface ArraySourceOptions {
  readonly now: () => number;
  readonly pageSize?: number;
  readonly streamName?: string;
  readonly objectType?: string;
}

interface ListedPage {
  readonly changes: Change<unknown>[];
  readonly listed: Listed[];
  /** What is still to list, [null, openUntil); null when nothing is. */
  readonly openUntil: number | null;
}

interface Position {
  account: string;
  apiVersion: string;
  /** Of the feed: what comes from here on is not known yet. */
  feed: number;
  /** The range still to list: [null, until); null when the listing is complete. */
  openUntil: number | null;
  completeAt: number | null;
}

export function arraySource({
  now,
  pageSize = 3,
  streamName = "things",
  objectType = "thing",
}: ArraySourceOptions): ArraySource {
  const objects = new Map<string, { created: number | null; text: string }>();
  const feed: SourceEvent[] = [];
  const calls = { lists: 0, retrieved: [] as string[], eventPasses: 0 };

  const upsert = (id: string, readAt: Date): Change<unknown> => {
    const object = objects.get(id);
    const requestId = `req_${calls.lists + calls.retrieved.length}`;
    if (object === undefined) return { op: "delete", id, readAt, requestId };
    const { text: json, created } = object;
    const bytes = Buffer.from(json);
    const record = {
      json,
      bytes,
      sizeBytes: bytes.length,
      contentHash: hashOf(json, source.facts),
      parse: () => JSON.parse(json) as unknown,
    };
    return { op: "upsert", id, record, readAt, created, apiVersion: source.apiVersion, requestId };
  };
  const readAtAfter = (newest: Date | undefined): Date => new Date(Math.max(now(), (newest?.getTime() ?? 0) + 1));

  async function* list(range: CreatedRange, options: ReadOptions): AsyncGenerator<ListedPage> {
    let until = range.until;
    let shared: string[] = [];
    for (let page = 1; ; page += 1) {
      options.signal?.throwIfAborted();
      options.observe?.({ type: "request", endpoint: streamName });
      await source.before({ kind: "page", page });
      options.signal?.throwIfAborted();
      calls.lists += 1;
      const inRange = [...objects].filter(
        ([id, { created }]) => isIn(created, { from: range.from, until }) && !shared.includes(id),
      );
      const rest = inRange.toSorted(([, a], [, b]) => (b.created ?? -1) - (a.created ?? -1));
      const now = rest.slice(0, pageSize);
      const readAt = readAtAfter(options.newestReadAt);
      const changes = now.map(([id]) => upsert(id, readAt));
      if (rest.length <= pageSize) {
        yield { changes, listed: [{ range: { from: range.from, until }, alsoPresent: shared }], openUntil: null };
        return;
      }
      const oldest = now.at(-1)?.[1].created ?? 0;
      // The second of the page's last object stays open while the next page begins in it.
      const openUntil = rest[pageSize]?.[1].created === oldest ? oldest + 1 : oldest;
      yield { changes, listed: [{ range: { from: openUntil, until }, alsoPresent: shared }], openUntil };
      shared = [...objects]
        .filter(
          ([id, { created }]) => created === oldest && (shared.includes(id) || now.some(([listed]) => listed === id)),
        )
        .map(([id]) => id);
      until = openUntil;
    }
  }

  async function* read(options: ReadOptions = {}): AsyncGenerator<Batch<unknown>> {
    const last = options.cursor === undefined ? null : positionIn(options.cursor);
    if (last !== null && last.account !== source.account) {
      // Only an answer tells whose account it is, and what else a job does goes on until then.
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new SourceError("SOURCE_ACCOUNT_CHANGED", "the key belongs to another account", {
        hint: "use the account's key",
      });
    }
    if (options.window) {
      const seconds = (date: Date | undefined): number | null =>
        date === undefined ? null : Math.ceil(date.getTime() / 1000);
      const range = { from: seconds(options.window.since), until: seconds(options.window.until) };
      for await (const { changes, listed } of list(range, options))
        yield { changes, listed, cursor: "not to be stored" };
      return;
    }
    const startSeconds = Math.floor(now() / 1000);
    const fresh: Position = {
      account: source.account,
      apiVersion: source.apiVersion,
      feed: feed.length,
      openUntil: startSeconds + 1,
      completeAt: null,
    };
    const position = options.full === true || last?.apiVersion !== source.apiVersion ? fresh : last;
    const cursor = (changed: Partial<Position>): Cursor => ({ ...position, ...changed });
    if (position.openUntil !== null) {
      for await (const { changes, listed, openUntil } of list({ from: null, until: position.openUntil }, options)) {
        const completeAt = openUntil === null && position === fresh ? startSeconds : position.completeAt;
        yield { changes, listed, cursor: cursor({ openUntil, completeAt }) };
      }
    }
    // A listing that began with this read is up to date; one that was resumed, or is long complete, is not.
    if (position === fresh) return;
    options.signal?.throwIfAborted();
    options.observe?.({ type: "request", endpoint: "events" });
    await source.before({ kind: "page", page: 1 });
    const named = [...new Set(feed.slice(position.feed).map(({ objectId }) => objectId))];
    const readAt = readAtAfter(options.newestReadAt);
    const changes = named.map((id) => upsert(id, readAt));
    yield { changes, listed: [], cursor: cursor({ feed: feed.length, openUntil: null, completeAt: startSeconds }) };
  }

  async function* retrieve(ids: readonly string[], options: RetrieveOptions = {}): AsyncGenerator<Change<unknown>> {
    for (const id of ids) {
      options.signal?.throwIfAborted();
      await source.before({ kind: "retrieve", id });
      options.signal?.throwIfAborted();
      options.observe?.({ type: "request", endpoint: `${streamName}/{id}` });
      calls.retrieved.push(id);
      yield upsert(id, readAtAfter(options.newestReadAt));
    }
  }

  const stream: Stream<unknown> = {
    name: streamName,
    objectType,
    get facts() {
      return source.facts;
    },
    read,
    retrieve,
    estimate: () =>
      Promise.resolve({
        objects: sure(objects.size),
        requests: sure(Math.ceil(objects.size / pageSize)),
        durationMs: sure(0),
        sizeBytes: sure(0),
        probes: 0,
      }),
    summarize: (cursor) => {
      const { openUntil, completeAt, apiVersion } = positionIn(cursor);
      const watermark = openUntil === null && completeAt !== null ? new Date(completeAt * 1000) : null;
      return { watermark, openRanges: openUntil === null ? 0 : 1, apiVersion };
    },
  };

  const source: ArraySource = {
    name: "stripe",
    streams: { [streamName]: stream },
    account: "acct_1",
    apiVersion: "2026-10-28.endive",
    facts: {
      idPrefixes: ["th_"],
      volatileFields: ["url"],
      nestedLists: ["lines"],
      // As Stripe has it. Its own pages are as large as a test wants them.
      pageSize: 100,
      events: { lateSeconds: 960, keptSeconds: 29 * 86_400 },
      money: { amount: "amount", currency: "currency" },
    },
    before: () => undefined,
    calls,
    check: () => Promise.resolve(null),
    close: () => Promise.resolve(),
    events: async function* ({ since, unreadBy }) {
      calls.eventPasses += 1;
      const unread = unreadBy === undefined ? feed : feed.slice(positionIn(unreadBy).feed);
      yield* unread.filter((event) => event.created >= since);
    },
    put(id, fields, { silently = false, toldAt = new Date(now()) } = {}) {
      const old = objects.get(id);
      const created = fields.created !== undefined ? fields.created : (old?.created ?? Math.floor(now() / 1000));
      const before = old === undefined ? {} : (JSON.parse(old.text) as object);
      objects.set(id, { created, text: JSON.stringify({ ...before, id, object: objectType, ...fields, created }) });
      if (!silently) feed.push({ id: `evt_${feed.length}`, objectId: id, type: "thing.updated", created: toldAt });
    },
    delete(id, { silently = false } = {}) {
      objects.delete(id);
      if (!silently)
        feed.push({ id: `evt_${feed.length}`, objectId: id, type: "thing.deleted", created: new Date(now()) });
    },
    json: (id) => objects.get(id)?.text ?? "",
  };
  return source;
}

function positionIn(cursor: Cursor): Position {
  if (typeof cursor === "object" && cursor !== null && "feed" in cursor) return cursor as unknown as Position;
  throw new SourceError("SOURCE_CURSOR_INVALID", "the checkpoint cannot be read", { hint: "run with --full" });
}

function isIn(created: number | null, { from, until }: CreatedRange): boolean {
  if (created === null) return from === null;
  return (from === null || created >= from) && (until === null || created < until);
}

/** As a source does: without the fields that change with each reading. */
function hashOf(json: string, { volatileFields }: RecordFacts): string {
  const record = JSON.parse(json) as Record<string, unknown>;
  for (const field of volatileFields) delete record[field];
  return createHash("sha256").update(JSON.stringify(record)).digest("hex");
}

function sure(value: number) {
  return { low: value, likely: value, high: value };
}
