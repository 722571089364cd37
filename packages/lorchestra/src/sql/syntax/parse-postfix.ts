import type { Parser } from "./parser.js";
import type { Expression, SubscriptMode } from "./tree.js";

/** A primary expression and the fields and subscripts behind it: `a.b[0]['x'].c`. */
export function parsePostfix(parser: Parser): Expression {
  const { reader } = parser;
  let expression = parser.primary();
  for (;;) {
    if (reader.sees(".") && !reader.sees(".", "*")) {
      reader.next();
      reader.link();
      expression = { kind: "field", at: expression.at, of: expression, field: reader.fieldName() };
    } else if (reader.accept("[")) {
      reader.link();
      const mode = parseSubscriptMode(parser);
      const index = parser.expression();
      if (mode !== "plain") reader.expect(")");
      reader.expect("]");
      expression = { kind: "subscript", at: expression.at, of: expression, mode, index };
    } else return expression;
  }
}

function parseSubscriptMode({ reader }: Parser): SubscriptMode {
  for (const mode of ["OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL"] as const) {
    if (reader.accept(mode, "(")) return mode;
  }
  return "plain";
}
