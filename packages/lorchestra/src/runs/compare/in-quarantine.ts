import { idemKey } from "../../ids.js";
import type { QuarantinedObject, StreamScope, Warehouse } from "../../warehouse/warehouse.js";
import type { Compared } from "./compare-with-rows.js";
import { differencesOf } from "./differences.js";
import { isFault } from "../verify-report.js";

/**
 * Calls `quarantined` what the warehouse does not hold because it refused just that: its table `quarantine` has the text of
 * the object as it is now. To read it again would change nothing.
 */
export async function markQuarantined(
  compared: readonly Compared[],
  { warehouse, scope, stream }: QuarantineContext,
): Promise<Compared[]> {
  const keyOf = (id: string): string => idemKey(scope.sourceSystem, scope.connectionName, scope.objectType, id);
  const keys = compared.filter(({ standing }) => isFault(standing)).map(({ change }) => keyOf(change.id));
  const refused = new Map<string, QuarantinedObject[]>();
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    for (const object of await warehouse.readQuarantined(keys.slice(from, from + KEYS_AT_ONCE)))
      refused.set(object.idemKey, [...(refused.get(object.idemKey) ?? []), object]);
  }
  if (refused.size === 0) return [...compared];
  return compared.map((one) => {
    const { change, standing } = one;
    if (change.op === "delete" || !isFault(standing)) return one;
    const isRefused = refused
      .get(keyOf(change.id))
      ?.some(({ raw }) => isTextOf(raw, change.record.json, stream.facts.volatileFields));
    return isRefused === true ? { ...one, standing: "quarantined" } : one;
  });
}

interface QuarantineContext {
  readonly warehouse: Pick<Warehouse, "readQuarantined">;
  readonly scope: StreamScope;
  readonly stream: { readonly facts: { readonly volatileFields: readonly string[] } };
}

/** Their texts come with them: so that those of large objects stay few. */
const KEYS_AT_ONCE = 500;

/** Of what is too large even for the quarantine it has the beginning. */
function isTextOf(raw: string, json: string, volatileFields: readonly string[]): boolean {
  return (raw !== "" && json.startsWith(raw)) || differencesOf(raw, json, volatileFields).length === 0;
}
