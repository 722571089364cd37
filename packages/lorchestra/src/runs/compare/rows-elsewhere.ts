import { creationOf } from "./creation-of.js";
import { byId, type Portion, type PortionContext } from "./portion.js";

/**
 * Adds to a portion the rows of its objects that lie where the creation of these says that none is, as only another hand can have
 * put them: a warehouse that bills look-ups did not look there. It costs the table's narrow columns once more, so that it is for
 * what is compared whole.
 */
export async function withRowsElsewhere(portion: Portion, context: PortionContext): Promise<Portion> {
  const { warehouse, scope, payload, retrieve } = context;
  const { signal } = retrieve;
  const isComplete = warehouse.capabilities.rowLookups === "cheap" || creationOf(portion.changes) === undefined;
  if (isComplete) return portion;
  const ids = portion.changes.map(({ id }) => id);
  const all = byId(await warehouse.readRows(scope, ids, { payload: false, signal }));
  const more = ids.filter((id) => rowsOf(id, all) > rowsOf(id, portion));
  if (more.length === 0) return portion;
  const found = byId(await warehouse.readRows(scope, more, { payload, signal }));
  return {
    ...portion,
    rows: new Map([...portion.rows, ...found.rows]),
    copies: new Map([...portion.copies, ...found.copies]),
  };
}

function rowsOf(id: string, { rows, copies }: Pick<Portion, "rows" | "copies">): number {
  return (rows.has(id) ? 1 : 0) + (copies.get(id)?.length ?? 0);
}
