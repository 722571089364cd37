/** Reads a number of bytes, such as 10000000000 or "10_000_000_000"; null for what is none. */
export function byteCountOf(setting: unknown): number | null {
  const bytes = typeof setting === "string" ? Number(setting.replaceAll("_", "")) : setting;
  return typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
}
