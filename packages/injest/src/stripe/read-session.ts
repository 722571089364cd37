import type { Batch, Change, Cursor, Listed, NoticeCode, ReadEvent, ReadOptions } from "../source.js";
import type { StreamSpec } from "./catalog.js";
import { type StripeCursor, writeCursor } from "./cursor.js";
import type { Identity } from "./identity/identity.js";
import { createObjectReader, type ObjectReader } from "./objects/read-objects.js";
import type { Listing } from "./list/listing.js";
import { createReadTimes } from "./client/server-clock.js";
import type { StripeClient } from "./client/stripe-client.js";

/** What all streams of one connection share. */
export interface StripeContext {
  readonly client: StripeClient;
  readonly identity: Identity;
  readonly apiVersion: string;
  /** Everything is read again within so many days, whether Stripe said that it changed or not. */
  readonly sweepDays: number;
}

/** What the parts of one read of one stream share. */
export interface ReadSession extends StripeContext {
  readonly spec: StreamSpec;
  readonly listing: Listing;
  readonly reader: ObjectReader;
  readonly signal: AbortSignal | undefined;
  readonly observe: (event: ReadEvent) => void;
  notice(code: NoticeCode, message: string): void;
  /** Tells observers of objects that were read. A part of a page counts with the page. */
  count(page: {
    readonly items: readonly unknown[];
    readonly isComplete: boolean;
    readonly remaining: number | null;
  }): void;
  /** Unix seconds by Stripe's clock at a monotonic time, or a little before; means nothing before the first answer. */
  secondAt(monotonicMs: number): number;
  batch(changes: readonly Change<unknown>[], listed: readonly Listed[], cursor: StripeCursor): Batch<unknown>;
}

export function openSession(context: StripeContext, spec: StreamSpec, options: ReadOptions): ReadSession {
  const { client, apiVersion } = context;
  const observe = options.observe ?? ((): void => undefined);
  const { signal } = options;
  const progress = { objects: 0, pages: 0, nestedPages: 0 };
  const reader = createObjectReader({
    client,
    spec,
    apiVersion,
    readAt: createReadTimes(client.serverClock, options.newestReadAt),
    observe,
    listedHashes: options.listedHashes,
    onNestedPage: () => void (progress.nestedPages += 1),
  });
  return {
    ...context,
    spec,
    listing: listingOf(spec),
    reader,
    signal,
    observe,
    notice: (code, message) => observe({ type: "notice", code, message }),
    count({ isComplete, items, remaining }) {
      progress.objects += items.length;
      progress.pages += isComplete ? 1 : 0;
      observe({ type: "progress", ...progress, remaining });
    },
    secondAt: (monotonicMs) => Math.floor(client.serverClock.earliestAt(monotonicMs) / 1000),
    batch: (changes, listed, state) => {
      let cursor: Cursor | undefined;
      return {
        changes,
        listed,
        // Written only for a batch with which a commit ends: most are followed by the next one.
        get cursor() {
          return (cursor ??= writeCursor(state));
        },
      };
    },
  };
}

export function listingOf(spec: StreamSpec): Listing {
  return {
    endpoint: spec.path,
    permission: spec.permission,
    objectType: spec.objectType,
    parameters: Object.entries(spec.parameters ?? {}),
    nestedLists: spec.nestedLists.map(({ field }) => field),
  };
}
