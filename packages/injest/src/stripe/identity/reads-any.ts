import type { ReadOptions } from "../../source.js";
import type { ReadSession } from "../read-session.js";

/** Whether the key reads any of a few stored objects, mostly the first one; null where none is stored. Throws `SourceError`. */
export async function readsAny(session: ReadSession, storedIds: ReadOptions["storedIds"]): Promise<boolean | null> {
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
