import type { JsonValue } from "injest";
import type { Paint } from "./paint.js";
import { cut } from "./wrap.js";

export interface TableStyle {
  readonly paint: Paint;
  /** Longer cells are cut; null: none is. */
  readonly cellLimit: number | null;
}

/** Rows that set the widths; later ones that are wider than these stick out. */
const MEASURED_ROWS = 500;

/** Lays rows out in columns, numbers to the right; yields lines as rows come. */
export async function* tableLines(
  columns: readonly string[],
  rows: AsyncIterable<readonly JsonValue[]>,
  { paint, cellLimit }: TableStyle,
): AsyncGenerator<string> {
  let widths: number[] | null = null;
  let isNumeric: boolean[] = [];
  const waiting: JsonValue[][] = [];
  const layOut = function* (): Generator<string> {
    const texts = waiting.map((row) => row.map((cell) => cellText(cell, cellLimit)));
    widths = columns.map((name, index) =>
      Math.max(visibleWidth(name), ...texts.map((row) => visibleWidth(row[index] ?? ""))),
    );
    isNumeric = columns.map((_, index) => {
      const values = waiting.map((row) => row[index] ?? null).filter((value) => value !== null);
      return values.length > 0 && values.every((value) => typeof value === "number" || isDecimal(value));
    });
    yield paint.bold(lineOf(columns, widths, isNumeric));
    for (const row of texts) yield lineOf(row, widths, isNumeric);
  };
  for await (const row of rows) {
    if (widths !== null)
      yield lineOf(
        row.map((cell) => cellText(cell, cellLimit)),
        widths,
        isNumeric,
      );
    else {
      waiting.push([...row]);
      if (waiting.length === MEASURED_ROWS) yield* layOut();
    }
  }
  if (widths === null) yield* layOut();
}

function lineOf(cells: readonly string[], widths: readonly number[], isNumeric: readonly boolean[]): string {
  const padded = cells.map((cell, index) => {
    const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - visibleWidth(cell)));
    return isNumeric[index] ? padding + cell : cell + padding;
  });
  return padded.join("  ").trimEnd();
}

/** A cell on one line; a value of JSON's own shapes as JSON. */
function cellText(value: JsonValue, limit: number | null): string {
  const text = value === null ? "NULL" : typeof value === "string" ? value : JSON.stringify(value);
  return cut(text, limit ?? Number.POSITIVE_INFINITY);
}

function isDecimal(value: JsonValue): boolean {
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
}

/** Columns on a terminal, near enough: code points, with the wide ones of East Asia and emoji counted twice. */
function visibleWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1;
  return width;
}
