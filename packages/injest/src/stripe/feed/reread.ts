import type { Change, ReadEvent } from "../../source.js";
import { inParallel } from "../objects/in-parallel.js";
import { NestedTurns } from "../objects/nested-turns.js";
import { type ObjectReader, sizeOf } from "../objects/read-objects.js";
import type { Listing } from "../list/listing.js";
import { PAGE_MOST } from "../list/page-size.js";
import { readSingly } from "../objects/read-singly.js";
import { readSlices } from "../list/read-slices.js";
import type { StripeClient } from "../client/stripe-client.js";

export interface RereadOptions {
  readonly client: StripeClient;
  readonly listing: Listing;
  readonly reader: ObjectReader;
  /** Objects per second on average; 0 where nothing is known. */
  readonly density: number;
  readonly signal?: AbortSignal | undefined;
  readonly observe?: ((event: ReadEvent) => void) | undefined;
}

/** Windows that are listed at a time. */
const WINDOWS = 4;

/**
 * Reads these objects again, each once, by the cheapest mix of single requests and listed windows.
 *
 * Objects that were created close together are listed together where that takes fewer requests than reading them one by one. What a
 * window does not show may be gone: it is read singly, as only that can tell.
 */
export async function* rereadObjects(
  objects: ReadonlyMap<string, { readonly created: number | null }>,
  options: RereadOptions,
): AsyncGenerator<readonly Change<unknown>[]> {
  const { windows, singles } = plan(objects, options.density);
  const left = [...singles];
  const turns = new NestedTurns(options.client.limiter);
  const listIn = (window: Window, signal: AbortSignal, handOn: (shown: Shown) => Promise<void>) =>
    listWindow(window, { signal, handOn, turns }, options);
  for await (const group of inParallel(windows, WINDOWS, listIn, options.signal)) {
    for (const { changes, missing } of group) {
      left.push(...missing);
      if (changes.length > 0) yield changes;
    }
  }
  yield* readSingly(left, options.reader, options.signal);
}

/** What windows have shown. */
interface Shown {
  readonly changes: readonly Change<unknown>[];
  /** Ids that a window has not shown. */
  readonly missing: Iterable<string>;
}

interface Window {
  readonly ids: Set<string>;
  from: number;
  readonly until: number;
}

/** Newest first, each window grows as long as the next object costs less than a request of its own. */
function plan(
  objects: ReadonlyMap<string, { readonly created: number | null }>,
  density: number,
): { windows: Window[]; singles: string[] } {
  const singles: string[] = [];
  const dated: (readonly [string, number])[] = [];
  for (const [id, { created }] of objects) {
    if (created === null || density <= 0) singles.push(id);
    else dated.push([id, created]);
  }
  dated.sort((a, b) => b[1] - a[1]);
  const windows: Window[] = [];
  for (const [id, created] of dated) {
    const last = windows.at(-1);
    if (last && (last.from - created) * density < PAGE_MOST / 2 && last.ids.size < 10 * PAGE_MOST) {
      last.ids.add(id);
      last.from = created;
    } else windows.push({ ids: new Set([id]), from: created, until: created + 1 });
  }
  const worthwhile = windows.filter((window) => {
    const requests = 1 + ((window.until - window.from) * density) / PAGE_MOST;
    if (window.ids.size > 1.5 * requests) return true;
    singles.push(...window.ids);
    return false;
  });
  return { windows: worthwhile, singles };
}

async function listWindow(
  window: Window,
  { signal, handOn, turns }: { signal: AbortSignal; handOn: (shown: Shown) => Promise<void>; turns: NestedTurns },
  options: RereadOptions,
): Promise<Shown> {
  const { client, listing, reader, observe } = options;
  const missing = new Set(window.ids);
  const pages = readSlices(client, listing, {
    ranges: [{ from: window.from, until: window.until, after: null }],
    signal,
    observe,
    finish: (items, facts, page) => {
      const wanted = items.filter(({ id }) => missing.has(id));
      return reader.changesOf(wanted, facts, { turns, ...page });
    },
    sizeOf,
  });
  let requests = 0;
  for await (const page of pages) {
    if (page.isComplete) requests += 1;
    await handOn({ changes: page.value.filter(({ id }) => missing.delete(id)), missing: [] });
    // Denser here than on average: from now on single reads are cheaper.
    if (missing.size === 0 || requests > window.ids.size / 2 + 2) break;
  }
  return { changes: [], missing };
}
