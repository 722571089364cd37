import type { RawJson } from "./raw-json.js";

/** How JSON is laid out: on one line, or with two spaces a level as Stripe does. */
export type JsonLayout = "compact" | "indented";

/** Writes JSON in the given layout. `depth` is the level at which the value stands, so that it can be put into a list. */
export function writeRawJson(value: RawJson, layout: JsonLayout, depth = 0): string {
  return layout === "compact" ? compact(value) : indented(value, depth);
}

function compact(value: RawJson): string {
  if (value.kind === "scalar") return value.text;
  if (value.kind === "array") return `[${value.items.map(compact).join(",")}]`;
  return `{${value.members.map((member) => `${member.key}:${compact(member.value)}`).join(",")}}`;
}

function indented(value: RawJson, depth: number): string {
  if (value.kind === "scalar") return value.text;
  const lines =
    value.kind === "array"
      ? value.items.map((item) => indented(item, depth + 1))
      : value.members.map((member) => `${member.key}: ${indented(member.value, depth + 1)}`);
  const [open, close] = value.kind === "array" ? ["[", "]"] : ["{", "}"];
  if (lines.length === 0) return open + close;
  const inner = "  ".repeat(depth + 1);
  return `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${"  ".repeat(depth)}${close}`;
}
