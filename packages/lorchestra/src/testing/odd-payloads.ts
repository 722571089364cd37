/** Payloads that warehouses stumble over. Each is valid JSON as a source may send it. */
export const ODD_PAYLOADS = {
  "unknown fields": text(
    "odd_unknown",
    `"a_field_of_next_year": {"deep": [null, true, {"x": []}]}, "status": "not_yet_known"`,
  ),
  "a decimal with trailing zeros": text(
    "odd_decimal",
    `"amount_decimal": "1.230000000000", "rate": 1.230000000000, "small": 1E-7, "zero": -0.0`,
  ),
  "an integer beyond 2^53": text(
    "odd_integer",
    `"n": 9007199254740993, "max": 18446744073709551615, "huge": 123456789012345678901234567890`,
  ),
  emoji: text("odd_emoji", `"name": "Zoë 🦆🧑‍🚀 ﷽", "🦆": "key"`),
  "escaped surrogate pairs": text("odd_pairs", `"name": "\\ud83e\\udd86"`),
  "lone surrogates": text("odd_lone", `"name": "a\\ud800b", "other": "\\udfff"`),
  "an escaped NUL": text("odd_nul", `"name": "a\\u0000b"`),
  "all escapes": text("odd_escapes", `"s": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f\\u2028"`),
  "the key __proto__": text("odd_proto", `"__proto__": {"polluted": true}, "constructor": 1`),
  "duplicate keys": text("odd_duplicate", `"n": 1, "n": 2`),
  "empty keys and values": text("odd_empty", `"": "", "list": [], "map": {}`),
  "indentation as sent": `{\n  "id": "odd_indented",\n  "object": "thing",\n  "metadata": {\n  }\n}`,
  "quotes of every dialect": text(
    "odd_quotes",
    `"s": "it's \`quoted\` \\"twice\\"; -- DROP TABLE ? $1 :x @y {{z}} 'r''''"`,
  ),
  "nesting of 400": text("odd_nested", `"n": ${"[".repeat(399)}${"]".repeat(399)}`),
} as const satisfies Record<string, string>;

export type OddPayloadName = keyof typeof ODD_PAYLOADS | "10 MB";

/** A payload of a little over 10 MB that hardly compresses. Making it takes a quarter of a second, so that it is kept. */
export function tenMegabytes(): string {
  return (kept ??= makeTenMegabytes());
}

let kept: string | undefined;

function makeTenMegabytes(): string {
  const parts: string[] = [];
  for (let index = 0, state = 1; index < 1_000_000; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    parts.push(String(1_000_000_000 + (state % 1_000_000_000)));
  }
  return text("odd_10mb", `"blob": "${parts.join("")}"`);
}

function text(id: string, fields: string): string {
  return `{"id":"${id}","object":"thing",${fields}}`;
}
