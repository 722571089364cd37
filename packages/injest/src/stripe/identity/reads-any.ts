import type { ReadOptions } from "../../source.js";
import type { ReadSession } from "../read-session.js";

type ReadsAny = (session: ReadSession, storedIds: ReadOptions["storedIds"]) => Promise<boolean | null>;

/**
 * Whether a source's key reads any of a few stored objects of a stream, mostly the first one; null where none is stored. Once it did,
 * nothing is asked any more. Throws `SourceError`.
 */
export function createReadsAny(): ReadsAny {
  let hasRead = false;
  return async (session, storedIds) => {
    if (hasRead) return true;
    const found = await readsAny(session, storedIds);
    hasRead = found === true;
    return found;
  };
}

async function readsAny(session: ReadSession, storedIds: ReadOptions["storedIds"]): Promise<boolean | null> {
  const ids = (await storedIds?.()) ?? [];
  if (ids.length === 0) return null;
  for (const id of ids) if (await reads(session, id)) return true;
  return false;
}

/** Also where it was deleted and Stripe still says so. https://docs.stripe.com/api/customers/delete */
function reads({ client, spec, signal, observe }: ReadSession, id: string): Promise<boolean> {
  return client.get(
    {
      endpoint: `${spec.path}/:id`,
      permission: spec.permission,
      path: `${spec.path}/${encodeURIComponent(id)}`,
      signal,
      observe,
    },
    () => true,
    () => false,
  );
}
