import type { SourceEvent } from "../source.js";
import { readSlices } from "./read-slices.js";
import type { StripeClient } from "./stripe-client.js";

/** The Stripe events since then that name an object, in any order; Stripe keeps them for 30 days. */
export async function* readStripeEvents(
  client: StripeClient,
  since: Date,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceEvent, void, undefined> {
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
      if (objectId !== undefined) yield { id, type, created: new Date(created * 1000), objectId };
    }
  }
}

interface NamingEvent {
  readonly id: string;
  readonly type: string;
  readonly created: number;
  readonly data?: { readonly object?: { readonly id?: string } };
}
