import { LorchestraError } from "../../../errors.js";
import { TABLES, type TableName } from "../../tables.js";
import type { FilePlace } from "../address.js";
import { readFailure, warehouseError } from "../duckdb-error.js";
import type { TableNames } from "../names.js";
import { StreamBroken } from "./row-stream.js";

/**
 * Turns the failure of a user's query into an error. Where the text is wrong, DuckDB's message quotes nothing but the
 * text; where a value is, it quotes the value, which may be a record's, and is left out.
 */
export function queryError(error: unknown, place: FilePlace, names: TableNames): LorchestraError {
  if (error instanceof LorchestraError) return error;
  if (error instanceof StreamBroken) {
    return new LorchestraError("SQL_INVALID", "the query failed on one of its later rows", {
      hint: "look for a cast or a function that cannot take every value; SAFE_CAST gives NULL instead",
    });
  }
  const { type, message } = readFailure(error);
  const facts = { duckdb_error: type, path: place.path };
  if (type === "Not implemented" && UNKNOWN_ZONE.test(message)) return wrongValue("an unknown time zone", facts);
  switch (type ?? "unknown") {
    case "Catalog":
      return missingTable(message, names) ?? wrongText(message, facts);
    case "Parser":
    case "Syntax":
    case "Binder":
    case "Parameter Not Resolved":
    case "Parameter Not Allowed":
      return wrongText(message, facts);
    case "Not implemented":
    case "Permission":
    case "TransactionContext":
      return new LorchestraError("SQL_UNSUPPORTED", "the query asks for something that may not be done here", {
        hint: "a query reads the warehouse's own tables: no other file, and no change",
        facts,
      });
    case "Conversion":
    case "Invalid Input":
    case "Out of Range":
    case "Invalid type":
    case "Mismatch Type":
      return wrongValue(String(type), facts);
    default:
      return warehouseError(error, place, "query");
  }
}

/** Of a zone that is no literal, which the translation would have refused. */
const UNKNOWN_ZONE = /^Unknown TimeZone/i;

function wrongValue(what: string, facts: LorchestraError["facts"]): LorchestraError {
  return new LorchestraError("SQL_INVALID", `the query failed on a value (${what})`, {
    hint: "look for a cast or a function that cannot take every value; SAFE_CAST gives NULL instead",
    facts,
  });
}

function wrongText(message: string, facts: LorchestraError["facts"]): LorchestraError {
  const [firstLine = ""] = message.split("\n");
  return new LorchestraError("SQL_INVALID", `the query is wrong: ${firstLine}`, {
    hint: "correct it; `lorchestra sql --help` has examples",
    facts,
  });
}

/** A table of ours that no run has made yet. */
function missingTable(message: string, names: TableNames): LorchestraError | null {
  const tables = (Object.keys(TABLES) as TableName[]).map((table) => names.plain(table));
  const table = tables.find((name) => message.includes(` name ${name} does not exist`));
  const isSchema = message.includes(`"${names.schema}" does not exist`);
  if (table === undefined && !isSchema) return null;
  const what =
    table === undefined ? `\`${names.schema}\` has no tables yet` : `the table \`${table}\` does not exist yet`;
  return new LorchestraError("SQL_INVALID", what, {
    hint: "run a job first: it makes the tables",
    facts: { table: table ?? null, schema: names.schema },
  });
}
