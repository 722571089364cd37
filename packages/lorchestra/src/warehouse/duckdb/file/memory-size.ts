/** Whether DuckDB takes it for an amount of memory: "256MB", "1.5 GB". */
export function isMemorySize(setting: unknown): setting is string {
  return typeof setting === "string" && /^\d+(\.\d+)?\s*[KMGT]i?B$/i.test(setting);
}
