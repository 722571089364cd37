import type { SourceEvent } from "../source.js";
import { readSlices } from "./read-slices.js";
import type { StripeClient } from "./stripe-client.js";

/** The Stripe events that name one of these objects, newest first; Stripe keeps them for 30 days. */
export async function readEventsOf(
  client: StripeClient,
  ids: readonly string[],
  since: Date,
  signal: AbortSignal | undefined,
): Promise<SourceEvent[]> {
  const wanted = new Set(ids);
  const found: SourceEvent[] = [];
  const listing = {
    endpoint: "/v1/events",
    path: "/v1/events",
    permission: "event_read",
    objectType: "event",
    parameters: [],
    nestedLists: [],
  };
  const pages = readSlices(client, listing, {
    ranges: [{ from: Math.floor(since.getTime() / 1000), until: null, after: null }],
    signal,
    finish: (items) => items.map(({ bytes }) => JSON.parse(bytes.toString("utf8")) as NamingEvent),
  });
  for await (const page of pages) {
    for (const { id, type, created, data } of page.value) {
      const objectId = data?.object?.id;
      if (objectId !== undefined && wanted.has(objectId)) {
        found.push({ id, type, created: new Date(created * 1000), objectId });
      }
    }
  }
  return found.toSorted((a, b) => b.created.getTime() - a.created.getTime());
}

interface NamingEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data?: { readonly object?: { readonly id?: string } };
}
