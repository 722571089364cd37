/**
 * Members of an object that change with each reading although the object does not, such as links that expire.
 *
 * A tree of member names: `null` marks a member to leave out, `""` stands for each item of an array.
 */
export type VolatileFields = ReadonlyMap<string, VolatileFields | null>;

/**
 * Reads dotted paths from the object's root: `hosted_invoice_url`, `lines.url`, `lines.data[].receipt_url`.
 *
 * Throws `TypeError` for a path with an empty name.
 */
export function volatileFields(paths: readonly string[]): VolatileFields {
  const root = new Map<string, Map<string, never> | null>() as Branch;
  for (const path of paths) {
    const steps = path.replaceAll("[]", `.${EACH_ITEM_TEXT}`).split(".");
    if (steps.includes("")) throw new TypeError(`not a path of member names: ${path}`);
    addPath(
      root,
      steps.map((step) => (step === EACH_ITEM_TEXT ? EACH_ITEM : step)),
    );
  }
  return root;
}

/** The step from an array to its items; no member name that a path could hold. */
export const EACH_ITEM = "";
const EACH_ITEM_TEXT = "[]";

type Branch = Map<string, Branch | null>;

function addPath(root: Branch, steps: readonly string[]): void {
  let branch = root;
  for (const step of steps.slice(0, -1)) {
    const known = branch.get(step);
    // The whole member is left out already.
    if (known === null) return;
    const next = known ?? (new Map() as Branch);
    branch.set(step, next);
    branch = next;
  }
  const last = steps.at(-1);
  if (last !== undefined) branch.set(last, null);
}
