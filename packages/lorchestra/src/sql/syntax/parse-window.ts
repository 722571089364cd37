import type { Parser } from "./parser.js";
import type { FrameBound, Window } from "./tree.js";

/** `([name] [PARTITION BY …] [ORDER BY …] [ROWS|RANGE …])`, or a name, which stands for a window that extends it. */
export function parseWindow({ reader, expression, operand, orderItems }: Parser): Window {
  const at = reader.token.start;
  if (!reader.sees("(")) {
    return { at, extends: reader.name("a window"), partitionBy: [], orderBy: [], frame: null };
  }
  reader.expect("(");
  const parent = reader.seesName() ? reader.name() : null;
  const partitionBy = reader.accept("PARTITION", "BY") ? reader.list(expression) : [];
  const orderBy = reader.accept("ORDER", "BY") ? orderItems() : [];
  const unit = reader.acceptOneOf(["ROWS", "RANGE"]);
  let frame: Window["frame"] = null;
  if (unit !== null) {
    const bound = (): FrameBound => parseFrameBound({ reader, operand });
    if (reader.accept("BETWEEN")) {
      const start = bound();
      reader.expect("AND");
      frame = { unit, start, end: bound() };
    } else frame = { unit, start: bound(), end: null };
  }
  reader.expect(")");
  return { at, extends: parent, partitionBy, orderBy, frame };
}

function parseFrameBound({ reader, operand }: Pick<Parser, "reader" | "operand">): FrameBound {
  if (reader.accept("CURRENT", "ROW")) return { kind: "CURRENT ROW", distance: null };
  const distance = reader.accept("UNBOUNDED") ? null : operand();
  const direction = reader.acceptOneOf(["PRECEDING", "FOLLOWING"]);
  if (direction === null) throw reader.unexpected("PRECEDING or FOLLOWING");
  return { kind: distance === null ? `UNBOUNDED ${direction}` : direction, distance };
}
