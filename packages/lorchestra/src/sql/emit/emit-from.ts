import { invalid, unsupported } from "../sql-problem.js";
import type { Expression, FromItem } from "../syntax/tree.js";
import { checkBool } from "./comparable.js";
import type { EmittedFrom, Emitter } from "./emitter.js";
import { emitTable } from "./emit-table.js";
import { emitUnnest } from "./emit-unnest.js";
import { quoteName } from "./quote.js";
import { findRelation, type Relation, type Scope } from "./scope.js";

/** Translates FROM. `outer` is the scope around the SELECT; arrays also see the items to their left. */
export function emitFrom(from: FromItem, outer: Scope, emitter: Emitter): EmittedFrom {
  return emitItem(from, [], outer, emitter);
}

function emitItem(item: FromItem, left: readonly Relation[], outer: Scope, emitter: Emitter): EmittedFrom {
  if (item.kind === "join") return emitJoin(item, left, outer, emitter);
  if (item.kind === "unnest") return emitUnnest(item, leftScope(left, outer), emitter);
  if (item.kind === "table") {
    const array = arrayOf(item, left, outer);
    return array === null ? emitTable(item, outer, emitter) : emitUnnest(array, leftScope(left, outer), emitter);
  }
  const { sql, columns } = emitter.query(item.query, outer);
  const alias = item.alias?.text ?? null;
  return {
    sql: `(${sql})${alias === null ? "" : ` AS ${quoteName(alias)}`}`,
    relations: [{ alias, columns, element: null, offset: null }],
  };
}

function leftScope(left: readonly Relation[], outer: Scope): Scope {
  return { withTables: outer.withTables, relations: left, selected: null, windows: new Map(), outer };
}

/** `FROM t, t.lines`: a path that begins with an item to its left is an array of its row. */
function arrayOf(
  item: Extract<FromItem, { kind: "table" }>,
  left: readonly Relation[],
  outer: Scope,
): Extract<FromItem, { kind: "unnest" }> | null {
  const [root, ...fields] = item.path;
  if (root === undefined || fields.length === 0 || root.quoted) return null;
  if (findRelation(root.text, leftScope(left, outer)) === null && findRelation(root.text, outer) === null) return null;
  const array = fields.reduce<Expression>((of, field) => ({ kind: "field", at: item.at, of, field }), {
    kind: "name",
    at: item.at,
    name: root,
  });
  return { kind: "unnest", at: item.at, array, alias: item.alias ?? item.path.at(-1) ?? null, offset: item.offset };
}

function emitJoin(
  join: Extract<FromItem, { kind: "join" }>,
  before: readonly Relation[],
  outer: Scope,
  emitter: Emitter,
): EmittedFrom {
  const left = emitItem(join.left, before, outer, emitter);
  const right = emitItem(join.right, [...before, ...left.relations], outer, emitter);
  const relations = [...left.relations, ...right.relations];
  checkAliases(join.at, left.relations, right.relations);
  const isArray = join.right.kind === "unnest" || right.sql.startsWith("LATERAL ");
  const rightSql = join.right.kind === "join" ? `(${right.sql})` : right.sql;
  const scope = leftScope([...before, ...relations], outer);

  if (isArray && (join.type === "RIGHT" || join.type === "FULL"))
    throw unsupported(join.at, `${join.type} JOIN with an array`, "use LEFT JOIN or CROSS JOIN");
  if (join.using.length > 0) {
    return {
      sql: `${left.sql} ${join.type} JOIN ${rightSql} USING (${join.using.map(({ text }) => quoteName(text)).join(", ")})`,
      relations,
    };
  }
  if (join.on !== null) {
    const { sql, type } = emitter.expression(join.on, scope);
    checkBool(join.on.at, type, "ON");
    return { sql: `${left.sql} ${join.type} JOIN ${rightSql} ON ${sql}`, relations };
  }
  if (join.type === "CROSS") return { sql: `${left.sql} CROSS JOIN ${rightSql}`, relations };
  if (!isArray) throw invalid(join.at, `${join.type} JOIN needs ON or USING`, "write ON a.id = b.id, or CROSS JOIN");
  return { sql: `${left.sql} ${join.type} JOIN ${rightSql} ON TRUE`, relations };
}

function checkAliases(at: number, left: readonly Relation[], right: readonly Relation[]): void {
  const aliases = new Set(left.flatMap(({ alias }) => (alias === null ? [] : [alias.toLowerCase()])));
  const twice = right.find(({ alias }) => alias !== null && aliases.has(alias.toLowerCase()));
  if (twice !== undefined)
    throw invalid(at, `two tables of FROM are named \`${twice.alias}\``, "give one another alias");
}
