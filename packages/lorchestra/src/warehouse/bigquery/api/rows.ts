import type { JsonValue } from "injest";
import type { FieldSchema, RowPage } from "./resources.js";

/*
 * BigQuery's answers carry every scalar as text. Timestamps are asked for as whole microseconds
 * (`formatOptions.useInt64Timestamp`): the default is a decimal number of seconds in scientific notation.
 */

export const ROW_FORMAT = { "formatOptions.useInt64Timestamp": "true" } as const;

/**
 * A row by its columns' names, in small letters: to BigQuery they are the same however they are written, and another hand may
 * have made the table. Scalars as BigQuery's text.
 */
export type TextRow = Readonly<Record<string, string | null>>;

export function textRows(page: RowPage, fields: readonly FieldSchema[]): TextRow[] {
  return (page.rows ?? []).map((row) =>
    Object.fromEntries(
      fields.map((field, index) => {
        const value = row.f[index]?.v;
        return [field.name.toLowerCase(), value === null || value === undefined ? null : textOf(value)];
      }),
    ),
  );
}

/** Of microseconds as text. A `Date` holds nothing finer than a millisecond, and nothing here writes anything finer. */
export function instantOf(micros: string): Date {
  return new Date(Math.floor(microsOf(micros) / 1000));
}

export function nullableInstant(micros: string | null | undefined): Date | null {
  return micros === null || micros === undefined ? null : instantOf(micros);
}

/** A cell as `QueryResult` promises it. */
export function cellValue(value: unknown, field: FieldSchema): JsonValue {
  if (value === null || value === undefined) return null;
  if (field.mode === "REPEATED") {
    const one = { ...field, mode: "NULLABLE" };
    return (value as readonly { v: unknown }[]).map((item) => cellValue(item.v, one));
  }
  if (field.fields !== undefined && (field.type === "RECORD" || field.type === "STRUCT")) {
    const { f } = value as { f: readonly { v: unknown }[] };
    return Object.fromEntries(field.fields.map((inner, index) => [inner.name, cellValue(f[index]?.v, inner)]));
  }
  return scalar(textOf(value), field.type);
}

/** GoogleSQL's name of a column's type; the API answers with the older ones. */
export function typeName(field: FieldSchema): string {
  const name = MODERN_NAMES[field.type] ?? field.type;
  return field.mode === "REPEATED" ? `ARRAY<${name}>` : name;
}

const MODERN_NAMES: Readonly<Record<string, string>> = {
  INTEGER: "INT64",
  FLOAT: "FLOAT64",
  BOOLEAN: "BOOL",
  RECORD: "STRUCT",
};

/** Scalars come as text; what does not is a list or a record. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function scalar(text: string, type: string): JsonValue {
  switch (MODERN_NAMES[type] ?? type) {
    case "INT64":
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case "FLOAT64":
      // NaN and the infinities are no JSON numbers: they stay words.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "BOOL":
      return text === "true";
    case "TIMESTAMP":
      return isoOf(text);
    default:
      return text;
  }
}

function isoOf(micros: string): string {
  const whole = microsOf(micros);
  const rest = ((whole % 1000) + 1000) % 1000;
  const iso = new Date((whole - rest) / 1000).toISOString();
  return rest === 0 ? iso : iso.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}

/** An emulator that does not know the option answers in seconds, with a point. */
function microsOf(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Math.round(Number(text) * 1_000_000);
}
