import type { Batch, Change, Cursor, CreatedRange, Listed, ReadEvent, ReadOptions, Stream } from "../source.js";
import { checkedBatches, checkChange } from "./checked-batches.js";

export interface MirrorRow {
  readonly json: string;
  readonly contentHash: string;
  readonly listedHash: string | null;
  readonly created: number | null;
  readonly readAt: Date;
  readonly isDeleted: boolean;
}

/** What a run brought. */
export interface MirrorRun {
  /** How often each object came. */
  readonly upserts: ReadonlyMap<string, number>;
  readonly deletes: readonly string[];
  /** Objects that a listing lacked, and that were therefore asked for. */
  readonly missed: readonly string[];
  readonly events: readonly ReadEvent[];
}

/**
 * A warehouse in memory that does no more than the contract of `Source` lets it: it keeps the newest state of each object,
 * asks singly for what a listing lacks, and stores a cursor once all before it is stored.
 */
export class Mirror {
  readonly rows = new Map<string, MirrorRow>();
  cursor: Cursor | undefined;

  /** Reads until the stream ends. A failure leaves what came before it, as a crash would. */
  async run(stream: Stream<unknown>, options: Omit<ReadOptions, "cursor" | "newestReadAt"> = {}): Promise<MirrorRun> {
    const newestReadAt = this.newestReadAt;
    const events: ReadEvent[] = [];
    const run = { upserts: new Map<string, number>(), deletes: [] as string[], missed: [] as string[], events };
    const cursor = this.cursor;
    const batches = checkedBatches(stream, {
      ...options,
      ...(cursor === undefined ? {} : { cursor }),
      ...(newestReadAt === undefined ? {} : { newestReadAt }),
      observe: (event) => {
        events.push(event);
        options.observe?.(event);
      },
    });
    for await (const batch of batches) {
      for (const change of batch.changes) {
        if (change.op === "delete") run.deletes.push(change.id);
        else run.upserts.set(change.id, (run.upserts.get(change.id) ?? 0) + 1);
        this.#store(change);
      }
      const missing = this.#missing(batch);
      const retrieving = { ...(newestReadAt && { newestReadAt }), ...(options.signal && { signal: options.signal }) };
      for await (const change of stream.retrieve(missing, retrieving)) {
        checkChange(change, newestReadAt);
        if (change.op === "delete") run.deletes.push(change.id);
        this.#store(change);
      }
      run.missed.push(...missing);
      if (!options.window) this.cursor = JSON.parse(JSON.stringify(batch.cursor)) as Cursor;
    }
    return run;
  }

  get newestReadAt(): Date | undefined {
    let newest: Date | undefined;
    for (const { readAt } of this.rows.values()) if (!newest || readAt > newest) newest = readAt;
    return newest;
  }

  /** The objects that exist, as JSON values by id. */
  get objects(): Map<string, unknown> {
    return new Map(
      [...this.rows].filter(([, row]) => !row.isDeleted).map(([id, row]) => [id, JSON.parse(row.json) as unknown]),
    );
  }

  /** For `ReadOptions.listedHashes`. */
  readonly listedHashes = (ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const known = ids.map((id) => [id, this.rows.get(id)?.listedHash ?? null] as const);
    return Promise.resolve(new Map(known.filter((entry): entry is [string, string] => entry[1] !== null)));
  };

  /** What lies in the listed ranges and was not listed. */
  #missing({ changes, listed }: Batch<unknown>): string[] {
    if (listed.length === 0) return [];
    const came = new Set(changes.map(({ id }) => id));
    const isMissing = (id: string, { created }: MirrorRow): boolean =>
      listed.some(({ range, alsoPresent }: Listed) => isIn(created, range) && !alsoPresent.includes(id));
    return [...this.rows]
      .filter(([id, row]) => !row.isDeleted && !came.has(id) && isMissing(id, row))
      .map(([id]) => id);
  }

  #store(change: Change<unknown>): void {
    const known = this.rows.get(change.id);
    if (known && known.readAt > change.readAt) return;
    if (change.op === "delete") {
      if (known) this.rows.set(change.id, { ...known, readAt: change.readAt, isDeleted: true });
      return;
    }
    const { record, created, readAt, listedHash = null } = change;
    const { json, contentHash } = record;
    this.rows.set(change.id, { json, contentHash, listedHash, created, readAt, isDeleted: false });
  }
}

/** What has no `created` lies in ranges without a lower bound. */
export function isIn(created: number | null, { from, until }: CreatedRange): boolean {
  if (created === null) return from === null;
  return (from === null || created >= from) && (until === null || created < until);
}
