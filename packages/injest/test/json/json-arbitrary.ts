import fc from "fast-check";

/** JSON in all the ways that it may be written: white space anywhere, escapes, unusual numbers, keys that come twice. */
export function jsonDocument(): fc.Arbitrary<string> {
  return fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.constantFrom("null", "true", "false"),
      jsonNumber(),
      jsonString(),
      tie("array"),
      tie("object"),
    ),
    array: fc
      .tuple(whiteSpace(), fc.array(spaced(tie("value")), { maxLength: 5 }))
      .map(([inside, items]) => (items.length === 0 ? `[${inside}]` : `[${items.join(",")}]`)),
    object: fc
      .tuple(whiteSpace(), fc.array(fc.tuple(spaced(jsonString()), spaced(tie("value"))), { maxLength: 6 }))
      .map(([inside, members]) =>
        members.length === 0 ? `{${inside}}` : `{${members.map(([key, value]) => `${key}:${value}`).join(",")}}`,
      ),
  })).value;
}

export function whiteSpace(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(" ", "\n", "\r", "\t"), maxLength: 4 }) },
  );
}

/** White space on both sides. */
export function spaced(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(whiteSpace(), text, whiteSpace()).map((parts) => parts.join(""));
}

export function jsonString(content: fc.Arbitrary<string> = STRINGS): fc.Arbitrary<string> {
  return fc.tuple(content, fc.array(fc.boolean(), { minLength: 1, maxLength: 7 })).map(([text, escapes]) => {
    const plain = JSON.stringify(text);
    const escaped = Array.from({ length: text.length }, (_, index) =>
      escapes[index % escapes.length] === true
        ? `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`
        : JSON.stringify(text[index]).slice(1, -1),
    ).join("");
    return escapes.includes(true) ? `"${escaped}"` : plain;
  });
}

// Real names too, so that a name that a reader looks for comes at any depth, and often.
const STRINGS = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom(
    "id",
    "object",
    "created",
    "deleted",
    "livemode",
    "data",
    "has_more",
    "lines",
    "__proto__",
    "",
    "é😀",
  ),
  fc.string({ unit: fc.constantFrom('"', "\\", "/", "\b", "\n", "\u0000", "\ud800", "\u007f"), maxLength: 4 }),
);

function jsonNumber(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.oneof(fc.constant("0"), fc.bigInt({ min: 1n, max: 10n ** 30n }).map(String)),
      fc.constantFrom("", ".0", ".5", ".230000000000"),
      fc.constantFrom("", "e0", "E+7", "e-12", "E400"),
    )
    .map((parts) => parts.join(""));
}

/** A list such as the API sends, with its members in any order, and others among them. */
export function jsonList(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const data = fc.array(spaced(item), { maxLength: 4 }).map((items) => `"data":[${items.join(",")}]`);
  const others = fc.subarray(['"object" : "list"', '"url":"/v1/things"', '"total_count":3', '"nested":{"data":[[]]}']);
  return fc
    .tuple(data, fc.boolean(), others, whiteSpace(), whiteSpace())
    .chain(([items, hasMore, rest, before, after]) =>
      fc
        .shuffledSubarray([items, `"has_more":${hasMore}`, ...rest], { minLength: rest.length + 2 })
        .map((members) => `${before}{${members.join(` ,${after}`)}}${after}`),
    );
}

/** An object whose members a reader looks at. */
export function jsonObject(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.array(
        fc.tuple(
          jsonString(fc.constantFrom("id", "object", "created", "deleted", "livemode", "amount", "é")),
          fc.oneof(jsonDocument(), jsonString(), fc.constantFrom("1700000000", "true", "null")),
        ),
        { maxLength: 8 },
      ),
      whiteSpace(),
    )
    .map(([members, gap]) => `{${gap}${members.map(([key, value]) => `${key}${gap}:${value}`).join(`,${gap}`)}${gap}}`);
}
