import { TABLES, type Column as TableColumn } from "../../warehouse/tables.js";
import { invalid, unsupported } from "../sql-problem.js";
import type { FromItem } from "../syntax/tree.js";
import type { EmittedFrom, Emitter } from "./emitter.js";
import { quoteName } from "./quote.js";
import { SOME_COLUMNS, type Columns, type Scope } from "./scope.js";

/** What a dataset and a table may be called; above all no path of a file, which DuckDB would read. */
const NAME = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}$]{1,1024}$/u;

/** A table of WITH or of the warehouse: `` `project.dataset.table` ``, `dataset.table` or `table`; the project is left out. */
export function emitTable(item: Extract<FromItem, { kind: "table" }>, scope: Scope, emitter: Emitter): EmittedFrom {
  const { path, at } = item;
  if (item.offset !== null) throw invalid(at, "WITH OFFSET belongs to an array", "write UNNEST(...) WITH OFFSET");
  const parts = path.flatMap(({ text, quoted }) => (quoted ? text.split(".") : [text]));
  const name = parts.at(-1) ?? "";
  const alias = item.alias?.text ?? name;
  const inWith = parts.length === 1 ? scope.withTables.get(name.toLowerCase()) : undefined;
  if (inWith !== undefined) return one(quoteName(name), alias, inWith);

  if (parts.some((part) => part.toUpperCase() === "INFORMATION_SCHEMA"))
    throw unsupported(at, "INFORMATION_SCHEMA", "ask DuckDB itself: its views have other columns");
  if (name.endsWith("*")) throw unsupported(at, "a wildcard table", "name the tables and join them with UNION ALL");
  if (parts.length > 3) throw invalid(at, "a table is named by project, dataset and table", "write dataset.table");
  if (!parts.every((part) => NAME.test(part)))
    throw invalid(at, "the table's name holds what no name may hold", "write dataset.table");
  const dataset = parts.at(-2) ?? emitter.defaultDataset;
  const columns = dataset === emitter.defaultDataset ? columnsOf(name) : SOME_COLUMNS;
  return one(`${quoteName(dataset)}.${quoteName(name)}`, alias, columns);
}

function one(sql: string, alias: string, columns: Columns): EmittedFrom {
  return { sql: `${sql} AS ${quoteName(alias)}`, relations: [{ alias, columns, element: null, offset: null }] };
}

/** The columns that lorchestra gives its tables, and those that tests write to; a table may have been made with more. */
function columnsOf(name: string): Columns {
  const bare = name.replace(/^test_/, "");
  const table = Object.values(TABLES).find((candidate) => candidate.name === bare);
  const known = (table?.columns ?? []).map(({ name: column, type }: TableColumn) => ({
    name: column,
    type: { kind: type },
  }));
  return { known, complete: false };
}
