import type { JsonLayout } from "../json/write-json.js";
import type { AccountStore } from "../store/account-store.js";
import type { Query } from "./query.js";
import type { Rendering } from "./render.js";

/** A request that Stripe has accepted: who asks, in which version, and for what. */
export interface ApiRequest {
  /** `req_…` */
  readonly id: string;
  readonly account: AccountStore;
  readonly version: string;
  readonly path: string;
  readonly query: Query;
  readonly nowMs: number;
  readonly layout: JsonLayout;
  /** Signs volatile fields; absent when they are not to change. */
  readonly signature?: () => string;
  /** Show objects as they were before their last change. */
  readonly isStale?: boolean;
}

/** How objects are to look in the answer to this request, at that depth of the body. */
export function renderingFor(request: ApiRequest, depth: number): Rendering {
  const { version, layout, signature } = request;
  return { version, layout, depth, ...(signature === undefined ? {} : { signature }) };
}
