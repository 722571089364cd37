import type { SandboxClock } from "../clock.js";
import { createEventFeed } from "../events/create-event-feed.js";
import { randomLetters } from "../ids.js";
import { createRandom } from "../random.js";
import { resourceOfType } from "../resources/catalog.js";
import type { Shelf } from "./shelf.js";
import { createStoredShelf } from "./stored-shelf.js";
import { type AccountOptions, type AccountStore, withFields } from "./account-store.js";

const TWO_YEARS_S = 2 * 365 * 24 * 60 * 60;

export function createAccountStore(clock: SandboxClock, options: AccountOptions = {}): AccountStore {
  const { livemode = true, name = "Mensio Mental Health", seed = 1, apiVersion = "2023-10-16" } = options;
  const id = options.id ?? `acct_1${randomLetters(createRandom(seed), 15)}`;
  const shelves = new Map<string, Shelf>();

  const account: AccountStore = {
    id,
    livemode,
    name,
    seed,
    clock,
    apiVersion,
    created: Math.floor(clock.now() / 1000) - TWO_YEARS_S,
    random: createRandom(seed * 31 + (livemode ? 1 : 2)),
    feed: undefined as never,
    shelf(objectType) {
      let shelf = shelves.get(objectType);
      if (shelf === undefined) {
        resourceOfType(objectType);
        shelves.set(objectType, (shelf = createStoredShelf()));
      }
      return shelf;
    },
    useShelf: (objectType, shelf) => void shelves.set(objectType, shelf),
    entry(objectType, objectId) {
      const shelf = account.shelf(objectType);
      const position = shelf.positionOf(objectId);
      const entry = position === -1 ? undefined : shelf.at(position);
      if (entry === undefined) throw new RangeError(`the sandbox has no ${objectType} ${objectId}`);
      return entry;
    },
    patch(objectType, objectId, fields) {
      const texts = Object.entries(fields).map(([field, value]) => [field, JSON.stringify(value)] as const);
      return account.patchText(objectType, objectId, Object.fromEntries(texts));
    },
    patchText(objectType, objectId, fields) {
      const { text } = account.entry(objectType, objectId);
      account.shelf(objectType).replace(objectId, withFields(text, fields));
      return account.entry(objectType, objectId);
    },
  };
  return Object.assign(account, { feed: createEventFeed(account) });
}
