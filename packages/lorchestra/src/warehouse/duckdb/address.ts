import { basename, isAbsolute, relative, resolve } from "node:path";
import { LorchestraError } from "../../errors.js";
import type { WarehouseAddress } from "../warehouse-kind.js";

/** Where a DuckDB warehouse lies. */
export interface FilePlace {
  /** Absolute. */
  readonly path: string;
  /** As the address names it, for people. */
  readonly name: string;
  /** The same behind symbolic links, for commands that people are told. */
  readonly realName: string;
  /** The schema that holds the tables. */
  readonly schema: string;
}

const DEFAULT_PATH = "./lorchestra.duckdb";
const DEFAULT_SCHEMA = "events_dev";

/** Reads `duckdb:PATH?schema=NAME`; both parts may be left out. Throws CONFIG_INVALID. */
export function parseAddress({ url, directory }: WarehouseAddress): FilePlace {
  const [beforeQuery, query] = splitOnce(url, "?");
  const name = beforeQuery.replace(/^duckdb:/, "") || DEFAULT_PATH;
  const options = new URLSearchParams(query);
  for (const option of options.keys()) {
    if (option !== "schema") throw invalid(url, `has an unknown option \`${option}\``);
  }
  const schema = options.get("schema") ?? DEFAULT_SCHEMA;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(schema)) throw invalid(url, "needs a schema of letters, digits and underscores");
  if (name.startsWith(":")) throw invalid(url, "must name a file: what is in memory would be lost with the process");
  const path = resolve(directory, name);
  if (basename(path) === "" || name.endsWith("/")) throw invalid(url, "must name a file, not a directory");
  return { path, name, realName: name, schema };
}

/** The same file's address as a text in another folder has to name it. */
export function seenFrom(folder: string, { url, directory }: Pick<WarehouseAddress, "url" | "directory">): string {
  const [beforeQuery, query] = splitOnce(url, "?");
  const name = beforeQuery.replace(/^duckdb:/, "") || DEFAULT_PATH;
  if (isAbsolute(name) || resolve(directory) === resolve(folder)) return url;
  const path = relative(folder, resolve(directory, name));
  return `duckdb:${path.startsWith("..") || isAbsolute(path) ? path : `./${path}`}${query === "" ? "" : `?${query}`}`;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(url: string, problem: string): LorchestraError {
  return new LorchestraError("CONFIG_INVALID", `the warehouse's address \`${url}\` ${problem}`, {
    hint: "write it as duckdb:./lorchestra.duckdb or duckdb:./lorchestra.duckdb?schema=events_dev",
    facts: { address: url },
  });
}
