import { invalid } from "../sql-problem.js";
import type { Typed } from "../emit/typed.js";
import type { CallSite } from "./function-rule.js";

/** An argument `INTERVAL n part` of a function that takes only some parts. */
export function intervalArgument(site: CallSite, index: number, parts: readonly string[]): Typed {
  const node = site.call.args[index];
  if (node?.kind !== "interval")
    throw invalid(node?.at ?? site.call.at, `${site.call.name} takes an interval here`, "write INTERVAL 7 DAY");
  if (parts.includes(node.part)) return site.arg(index);
  const hint = parts.includes("MONTH")
    ? `use ${parts.join(", ")}`
    : `use ${parts.join(", ")}; for months, DATE_ADD or DATE_SUB on DATE(...)`;
  throw invalid(node.at, `${site.call.name} does not take ${node.part}`, hint);
}
