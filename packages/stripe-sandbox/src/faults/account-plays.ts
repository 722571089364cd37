import type { Fault } from "./fault.js";
import type { FaultPlay } from "./fault-play.js";

/** Faults that change the account before the request is looked at. */
export const ACCOUNT_PLAYS = {
  "key-revoked": (): FaultPlay => ({
    before({ key }) {
      if (key !== undefined) key.isRevoked = true;
    },
  }),
  "permission-removed": ({ permission }: Extract<Fault, { kind: "permission-removed" }>): FaultPlay => ({
    before({ key, endpoint }) {
      const lost = permission ?? endpoint?.permission;
      if (key === undefined || key.permissions === "all" || lost === undefined) return;
      key.permissions.delete(lost);
    },
  }),
  "cursor-deleted": (): FaultPlay => ({
    before({ key, endpoint, cursor }) {
      const resource = endpoint?.resource;
      if (key === undefined || resource === undefined || cursor === undefined) return;
      const { account } = key;
      const shelf = account.shelf(resource.objectType);
      if (shelf.positionOf(cursor) === -1) return;
      const entry = account.entry(resource.objectType, cursor);
      shelf.remove(cursor);
      if (resource.deletedEvent !== undefined) account.feed.emit(resource.deletedEvent, resource.objectType, entry);
    },
  }),
} as const;
