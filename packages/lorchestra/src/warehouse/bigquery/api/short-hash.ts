import { createHash } from "node:crypto";

/** Twelve hex digits that stand for something longer, in names of tables and jobs. */
export function shortHash(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}
