import { renderText } from "../api/render.js";
import { longId } from "../ids.js";
import type { JsonObject } from "../json/json-value.js";
import { createRandom, type Random } from "../random.js";
import { resourceOfType } from "../resources/catalog.js";
import type { AccountStore } from "../store/account-store.js";
import type { Entry } from "../store/shelf.js";
import type { EventFeed, EventFeedSettings } from "./event-feed.js";

export function createEventFeed(account: AccountStore): EventFeed {
  const settings: EventFeedSettings = { lagMs: 0, duplicates: 0, drops: 0, disorderMs: 0, seed: 1 };
  let random = createRandom(settings.seed);
  let silent = 0;

  const add = (
    type: string,
    created: number,
    text: (id: string) => string,
    { ids, visibleFromMs }: { ids: Random; visibleFromMs?: number },
  ): void => {
    const id = longId("evt_", ids, account.id);
    account.shelf("event").add({
      id,
      created,
      filterable: { type },
      ...(visibleFromMs === undefined ? {} : { visibleFromMs }),
      text: () => text(id),
    });
  };

  return {
    configure(changes) {
      Object.assign(settings, changes);
      if (changes.seed !== undefined) random = createRandom(changes.seed);
    },
    silently(change) {
      silent++;
      try {
        return change();
      } finally {
        silent--;
      }
    },
    emit(type, objectType, entry, previous) {
      if (silent > 0 || random.chance(settings.drops)) return;
      const nowMs = account.clock.now();
      const { apiVersion } = account;
      const count = random.chance(settings.duplicates) ? 2 : 1;
      for (let i = 0; i < count; i++) {
        const created = Math.floor((nowMs - random.next() * settings.disorderMs) / 1000);
        const text = (id: string): string =>
          eventText(account, { id, type, objectType, entry, created, apiVersion, previous });
        add(type, created, text, { ids: account.random, visibleFromMs: nowMs + random.next() * settings.lagMs });
      }
    },
    record({ type, objectType, entry, created, random: ids }) {
      const { apiVersion } = account;
      add(type, created, (id) => eventText(account, { id, type, objectType, entry, created, apiVersion }), { ids });
    },
  };
}

function eventText(
  account: AccountStore,
  event: {
    id: string;
    type: string;
    objectType: string;
    entry: Entry;
    created: number;
    apiVersion: string;
    previous?: JsonObject | undefined;
  },
): string {
  const snapshot = renderText(resourceOfType(event.objectType), event.entry.text, {
    version: event.apiVersion,
    layout: "compact",
    depth: 0,
  });
  const previous = event.previous === undefined ? "" : `,"previous_attributes":${JSON.stringify(event.previous)}`;
  return (
    `{"id":"${event.id}","object":"event","api_version":"${event.apiVersion}","created":${event.created},` +
    `"data":{"object":${snapshot}${previous}},"livemode":${account.livemode},"pending_webhooks":0,` +
    `"request":{"id":null,"idempotency_key":null},"type":"${event.type}"}`
  );
}
