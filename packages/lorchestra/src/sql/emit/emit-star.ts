import { invalid, unsupported } from "../sql-problem.js";
import type { Expression, SelectItem } from "../syntax/tree.js";
import type { EmittedQuery, Emitter } from "./emitter.js";
import { quoteName } from "./quote.js";
import { findRelation, resolve, SOME_COLUMNS, type Columns, type Relation, type Scope } from "./scope.js";

/** `*` or `x.*`, with EXCEPT and REPLACE, which DuckDB calls EXCLUDE and REPLACE. */
export function emitStar(star: Extract<SelectItem, { kind: "star" }>, scope: Scope, emitter: Emitter): EmittedQuery {
  const source = star.of === null ? wholeStar(star.at, scope) : starOf(star.of, scope, emitter);
  const replaced = new Map(
    star.replace.map(({ expression, name }) => [
      name.text.toLowerCase(),
      { name: name.text, value: emitter.expression(expression, scope) },
    ]),
  );
  const except = [...source.except, ...star.except.map(({ text }) => text)];
  const dropped = new Set(except.map((name) => name.toLowerCase()));
  const { known, complete } = source.columns;
  const named = new Set<string>();
  for (const { text, at } of [...star.except, ...star.replace.map(({ name }) => name)]) {
    if (named.has(text.toLowerCase()))
      throw invalid(at, `\`${text}\` stands twice in EXCEPT and REPLACE`, "name it once");
    named.add(text.toLowerCase());
    if (!complete || known.some(({ name }) => name.toLowerCase() === text.toLowerCase())) continue;
    throw invalid(
      at,
      `there is no column \`${text}\` here`,
      `the columns are ${known.map(({ name }) => name).join(", ")}`,
    );
  }
  const kept = known.filter(({ name }) => !dropped.has(name.toLowerCase()));
  const columns = {
    known: kept.map((column) => ({
      name: column.name,
      type: replaced.get(column.name.toLowerCase())?.value.type ?? column.type,
    })),
    complete,
  };

  if (source.struct !== null) {
    // DuckDB has no star of an expression: each field is named.
    const fields = kept.map(
      ({ name }) =>
        `${replaced.get(name.toLowerCase())?.value.sql ?? `(${source.struct}).${quoteName(name)}`} AS ${quoteName(name)}`,
    );
    return { sql: fields.join(", "), columns };
  }
  const replacements = [...replaced.values()].map(({ name, value }) => `${value.sql} AS ${quoteName(name)}`);
  const sql = [
    source.sql,
    ...(except.length === 0 ? [] : [`EXCLUDE (${except.map(quoteName).join(", ")})`]),
    ...(replacements.length === 0 ? [] : [`REPLACE (${replacements.join(", ")})`]),
  ].join(" ");
  return { sql, columns };
}

interface StarSource extends EmittedQuery {
  readonly except: readonly string[];
  /** The STRUCT whose fields are meant. */
  readonly struct: string | null;
}

function wholeStar(at: number, { relations }: Scope): StarSource {
  if (relations.length === 0) throw invalid(at, "* needs FROM", "name the columns");
  const columns = relations.map(columnsOf);
  return {
    sql: "*",
    columns: { known: columns.flatMap(({ known }) => known), complete: columns.every(({ complete }) => complete) },
    except: [],
    struct: null,
  };
}

function columnsOf({ columns, element, offset }: Relation): Columns {
  const beside = offset === null ? [] : [offset];
  return { known: [...(element === null ? columns.known : [element]), ...beside], complete: columns.complete };
}

function starOf(node: Expression, scope: Scope, emitter: Emitter): StarSource {
  if (node.kind === "name") {
    const meaning = resolve(node.name.text, scope);
    const relation = meaning?.kind === "column" ? null : findRelation(node.name.text, scope);
    if (relation !== null && relation.alias !== null && relation.element === null) {
      const except = relation.offset === null ? [] : [relation.offset.name];
      return { sql: `${quoteName(relation.alias)}.*`, columns: relation.columns, except, struct: null };
    }
  }
  const { sql, type } = emitter.expression(node, scope);
  if (type.kind === "STRUCT") return { sql, columns: { known: type.fields, complete: true }, except: [], struct: sql };
  if (type.kind !== "UNKNOWN") throw invalid(node.at, `${type.kind} has no fields for .*`, "name the columns");
  if (node.kind !== "name") throw unsupported(node.at, ".* of this expression", "name its fields");
  return { sql: `${quoteName(node.name.text)}.*`, columns: SOME_COLUMNS, except: [], struct: null };
}
