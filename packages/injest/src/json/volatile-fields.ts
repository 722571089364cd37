import { MemberNames } from "./member-names.js";

/**
 * Members of an object that change with each reading although the object does not, such as links that expire.
 *
 * One level of a tree: what it says holds for the members of one object, or for the items of one array.
 */
export interface VolatileFields {
  readonly names: MemberNames;
  /** By member name: `leave out`, or what is volatile within the member. */
  readonly members: ReadonlyMap<string, VolatileFields | "leave out">;
  /** What is volatile within each item, should the value be an array. */
  readonly items: VolatileFields | undefined;
}

/**
 * Reads dotted paths from the object's root: `hosted_invoice_url`, `lines.url`, `lines.data[].receipt_url`.
 *
 * Throws `TypeError` for a path with an empty name or one that ends in `[]`.
 */
export function volatileFields(paths: readonly string[]): VolatileFields {
  const root: Branch = { members: new Map(), items: undefined };
  for (const path of paths) leaveOut(root, path);
  return withNames(root);
}

interface Branch {
  readonly members: Map<string, Branch | "leave out">;
  items: Branch | undefined;
}

function leaveOut(root: Branch, path: string): void {
  const steps = path.split(".");
  if (!steps.every((step) => /^[^[\]]+(?:\[\])*$/.test(step)) || path.endsWith("]")) {
    throw new TypeError(`not a path of member names: ${path}`);
  }
  let branch = root;
  for (const step of steps.slice(0, -1)) {
    const [name = "", ...arrays] = step.split("[]");
    const known = branch.members.get(name);
    if (known === "leave out") return;
    let next = known ?? newBranch();
    branch.members.set(name, next);
    for (const _ of arrays) next = next.items ??= newBranch();
    branch = next;
  }
  branch.members.set(steps.at(-1) ?? "", "leave out");
}

function newBranch(): Branch {
  return { members: new Map(), items: undefined };
}

function withNames({ members, items }: Branch): VolatileFields {
  const below = [...members].map(
    ([name, branch]) => [name, branch === "leave out" ? branch : withNames(branch)] as const,
  );
  return {
    names: new MemberNames(members.keys()),
    members: new Map(below),
    items: items === undefined ? undefined : withNames(items),
  };
}
