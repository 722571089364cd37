import type { Parser } from "./parser.js";
import type { TypeNode } from "./tree.js";

/** A type: `INT64`, `NUMERIC(10, 2)`, `ARRAY<STRING>`, `STRUCT<a INT64, b STRING>`. */
export function parseType({ reader }: Pick<Parser, "reader">): TypeNode {
  return reader.deeper(() => {
    const { start: at, kind, text } = reader.token;
    if (kind !== "word") throw reader.unexpected("a type");
    reader.next();
    const name = text.toUpperCase();
    let element: TypeNode | null = null;
    let fields: TypeNode["fields"] = [];
    if (name === "ARRAY") {
      reader.expect("<");
      element = parseType({ reader });
      reader.expect(">");
    } else if (name === "STRUCT") {
      reader.expect("<");
      fields = reader.list(() => {
        const named = reader.seesName() && ["word", "quoted"].includes(reader.peek(1).kind);
        return { name: named ? reader.name() : null, type: parseType({ reader }) };
      });
      reader.expect(">");
    }
    // Behind the brackets of STRUCT<…> come its values.
    const parameters = element === null && fields.length === 0 ? parseParameters({ reader }) : [];
    return { at, name, parameters, element, fields };
  });
}

function parseParameters({ reader }: Pick<Parser, "reader">): number[] {
  if (!reader.accept("(")) return [];
  const parameters = reader.list(() => {
    if (reader.token.kind !== "number") throw reader.unexpected("a number");
    return Number(reader.next().text);
  });
  reader.expect(")");
  return parameters;
}
