import { createHash } from "node:crypto";
import { SourceError, type SourceErrorCode } from "../../errors.js";
import { scanObject } from "../../json/scan.js";
import type { ReadOptions } from "../../source.js";
import { SharedRequest } from "./shared-request.js";
import type { StripeClient } from "../client/stripe-client.js";
import type { StripeCursor } from "../cursor.js";

/** Whose data a key reads, as far as it tells. */
export interface Identity {
  readonly keyPrint: string;
  readonly live: boolean | null;
  /** Asks Stripe once for all streams, and tells the first who asks of it; null where the key may not know. Throws `SourceError`. */
  account(asker: Asker): Promise<string | null>;
  /** Asks Stripe now, as the proof that the key and the address are good; null where the key may not know. Throws `SourceError`. */
  check(signal?: AbortSignal): Promise<string | null>;
}

/** Whose signal ends the asking, and who is told of requests. */
export type Asker = Pick<ReadOptions, "signal" | "observe">;

export function createIdentity(client: StripeClient, apiKey: string): Identity {
  const account = new SharedRequest(({ observe }: Asker, signal) =>
    readAccount(client, { ...(observe && { observe }), signal }).catch(nullWhereNoAccountIs),
  );
  return {
    keyPrint: createHash("sha256").update(`lorchestra key ${apiKey}`).digest("hex").slice(0, 16),
    live: modeOfKey(apiKey),
    account: (asker) => account.result(asker, asker.signal),
    check: (signal) => readAccount(client, { ...(signal && { signal }) }),
  };
}

/** https://docs.stripe.com/keys: sk_ and rk_ keys say in their names which mode they are for. */
export function modeOfKey(apiKey: string): boolean | null {
  const mode = /^(?:sk|rk)_(live|test)_/.exec(apiKey)?.[1];
  return mode === undefined ? null : mode === "live";
}

export interface IdentityProof extends Asker {
  /** Whether the key reads any of the objects that are stored; null where none is stored that could tell. */
  readonly readsStored: () => Promise<boolean | null>;
}

/**
 * Makes sure that a key reads the account and mode that the checkpoints are of, before anything is written. A key that was
 * changed is asked for its account, and where it may not tell it for objects that are stored; one that is the same needs no
 * request. Resolves to the account as far as that is known by now: null also where nothing shows that it is still the one before.
 */
export async function checkIdentity(
  identity: Identity,
  cursors: readonly StripeCursor[],
  proof: IdentityProof,
): Promise<string | null> {
  let known: string | null = null;
  let told: string | null = null;
  let isProven = true;
  for (const cursor of cursors) {
    checkMode(identity, cursor);
    const isSameKey = identity.keyPrint === cursor.keyPrint;
    const account = isSameKey ? cursor.account : await identity.account(proof);
    checkAccount(account, cursor);
    isProven &&= isSameKey || (account !== null && cursor.account !== null);
    told = account ?? told;
    known = account ?? cursor.account ?? known;
  }
  if (isProven) return known;
  const readsStored = await proof.readsStored();
  if (readsStored === false) {
    throw new SourceError("SOURCE_ACCOUNT_CHANGED", "this key reads none of the objects that are stored", {
      hint:
        "Use a key of the same account, or another connection name for the other account; " +
        "if it is the same account, and they were deleted, run once with --allow-deletes.",
    });
  }
  return readsStored === true ? known : told;
}

function checkMode(identity: Identity, cursor: StripeCursor): void {
  if (identity.live !== null && cursor.live !== null && identity.live !== cursor.live) {
    const [key, rows] = identity.live ? ["live", "test"] : ["test", "live"];
    throw new SourceError("SOURCE_MODE_CHANGED", `this is a ${key} key, but what is stored was read in ${rows} mode`, {
      hint: `Use a ${rows} key of the same account, or another connection name for the ${key} data.`,
    });
  }
}

function checkAccount(account: string | null, cursor: StripeCursor): void {
  if (account === null || cursor.account === null || account === cursor.account) return;
  throw new SourceError(
    "SOURCE_ACCOUNT_CHANGED",
    `this key is of ${account}, but what is stored was read from ${cursor.account}`,
    { hint: "Use a key of the same account, or another connection name for the other account." },
  );
}

/** https://docs.stripe.com/api/accounts/retrieve: without an id, the key's own account; null where the key may not know. */
async function readAccount(client: StripeClient, asker: Asker): Promise<string | null> {
  const endpoint = "/v1/account";
  try {
    return await client.get(
      { endpoint, path: endpoint, permission: "accounts_kyc_basic_read", ...asker, isOptional: true },
      (body) => scanObject(body).id ?? null,
    );
  } catch (error) {
    if (error instanceof SourceError && NOT_TOLD.has(error.code)) return null;
    throw error;
  }
}

const NOT_TOLD: ReadonlySet<SourceErrorCode> = new Set([
  "SOURCE_FORBIDDEN",
  "SOURCE_NOT_ENABLED",
  "SOURCE_REQUEST_REFUSED",
]);

/** What stands in for Stripe may not have this endpoint at all; a wrong address shows in the streams themselves. */
function nullWhereNoAccountIs(error: unknown): null {
  if (error instanceof SourceError && error.code === "SOURCE_ADDRESS_INVALID" && (error.facts.status ?? 0) >= 400)
    return null;
  throw error;
}
