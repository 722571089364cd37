import type { JsonValue } from "injest";

/** One record of RFC 4180, its line ended by a line feed; NULL is nothing at all, an empty text is `""`. */
export function csvRecord(cells: readonly JsonValue[]): string {
  return `${cells.map(csvField).join(",")}\n`;
}

function csvField(value: JsonValue): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
