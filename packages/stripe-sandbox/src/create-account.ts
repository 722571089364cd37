import type { KeyRing } from "./api/key-ring.js";
import { renderEntry } from "./api/render.js";
import { NEWEST_VERSION } from "./api/versions.js";
import type { JsonObject } from "./json/json-value.js";
import { customerMutations } from "./mutations/customer-mutations.js";
import { invoiceMutations } from "./mutations/invoice-mutations.js";
import { paymentIntentMutations } from "./mutations/payment-intent-mutations.js";
import { refundMutations } from "./mutations/refund-mutations.js";
import { resourceOfType } from "./resources/catalog.js";
import { live } from "./scenarios/live.js";
import type { AccountStore } from "./store/account-store.js";
import type { Entry } from "./store/shelf.js";
import type { Account, TruthRecord } from "./account.js";

export function createAccount(store: AccountStore, keys: KeyRing): Account {
  const find = (objectType: string, id: string): Entry | undefined => {
    const position = store.shelf(objectType).positionOf(id);
    return position === -1 ? undefined : store.shelf(objectType).at(position);
  };
  const account: Account = {
    id: store.id,
    livemode: store.livemode,
    key: keys.add(store, "all").text,
    customers: customerMutations(store),
    invoices: invoiceMutations(store),
    paymentIntents: paymentIntentMutations(store),
    refunds: refundMutations(store),
    events: store.feed,
    get apiVersion() {
      return store.apiVersion;
    },
    set apiVersion(version) {
      store.apiVersion = version;
    },
    addKey: (permissions) => keys.add(store, permissions).text,
    revokeKey: (key) => void (keys.find(key).isRevoked = true),
    removePermission(key, permission) {
      const { permissions } = keys.find(key);
      if (permissions === "all") throw new RangeError("a secret key has all permissions; add a restricted key");
      permissions.delete(permission);
    },
    grantPermission(key, permission) {
      const { permissions } = keys.find(key);
      if (permissions !== "all") permissions.add(permission);
    },
    put(objectType, json, { event } = {}) {
      const { id, created } = JSON.parse(json) as { id?: unknown; created?: unknown };
      if (typeof id !== "string") throw new TypeError("an object needs an id");
      if (find(objectType, id) !== undefined) store.shelf(objectType).replace(id, json);
      else store.shelf(objectType).add({ id, created: typeof created === "number" ? created : null, text: json });
      if (event !== undefined) store.feed.emit(event, objectType, store.entry(objectType, id));
    },
    putFields(objectType, id, fields, { event } = {}) {
      const entry = store.patchText(objectType, id, fields);
      if (event !== undefined) store.feed.emit(event, objectType, entry);
    },
    remove: (objectType, id) => store.shelf(objectType).remove(id),
    restore: (objectType, id) => store.shelf(objectType).restore(id),
    find(objectType, id) {
      const entry = find(objectType, id);
      return entry === undefined ? undefined : (JSON.parse(entry.text) as JsonObject);
    },
    count: (objectType) => store.shelf(objectType).size,
    truth: (objectType, { version = NEWEST_VERSION } = {}) => truthOf(store, objectType, version),
    live: (days, options) => live(account, store, days, options),
  };
  return account;
}

function* truthOf(store: AccountStore, objectType: string, version: string): Iterable<TruthRecord> {
  const resource = resourceOfType(objectType);
  const shelf = store.shelf(objectType);
  const rendering = { version, layout: "compact", depth: 0, wholeLists: true } as const;
  const json = (entry: Entry): string => renderEntry(resource, entry, rendering);
  for (let at = 0; at < shelf.length; at++) {
    const entry = shelf.at(at);
    if (entry !== undefined) yield { id: entry.id, json: json(entry), deleted: false };
  }
  for (const entry of shelf.tombstones()) yield { id: entry.id, json: json(entry), deleted: true };
}
