import { dirname, isAbsolute, resolve } from "node:path";
import type { JsonSetting } from "../warehouse/warehouse-kind.js";
import { parseDotenv } from "./parse-dotenv.js";
import { parseProject } from "./parse-project.js";
import { ConfigInvalidError, type ConfigProblem } from "./problem.js";
import { type ConnectionSettings, EMPTY_PROJECT } from "./project.js";
import { checkAddresses } from "./check-addresses.js";
import { checkWarehouseAddress } from "./warehouse-address.js";

/** Where a setting was found; the first of these that has it counts. */
export type Origin = "flag" | "environment" | ".env" | "file" | "default";

/** Everything that was configured, checked and put together. */
export interface Settings {
  /** The file; null where there is none. */
  readonly file: string | null;
  /** The same, or where `init` would write it. */
  readonly path: string;
  /** The folder of `path`: there lies `.env`, and there the default warehouse. */
  readonly directory: string;
  /** The environment with what `.env` adds to it; an empty value counts as none. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly warehouse: { readonly url: string; readonly directory: string; readonly origin: Origin };
  readonly warehouseOptions: Readonly<Record<string, JsonSetting>>;
  readonly connections: readonly ConnectionSettings[];
  readonly jobModules: readonly string[];
  readonly sweepDays: number;
}

/** What settings are made of: texts that were read, nothing that must be looked up. */
export interface SettingsInput {
  /** Asked only where something is relative to it: it throws where the working directory was deleted. */
  readonly cwd: () => string;
  /** Where the file is, or would be. Absolute. */
  readonly path: string;
  readonly file: SourceText | null;
  readonly dotenv: SourceText | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of --warehouse. */
  readonly warehouse: string | null;
}

export interface SourceText {
  /** Absolute. */
  readonly path: string;
  /** The path as messages show it. */
  readonly shown: string;
  /** The folder that relative paths in it are relative to. */
  readonly directory: string;
  readonly text: string;
}

export const DEFAULT_WAREHOUSE = "duckdb:./lorchestra.duckdb";

/** Puts the settings together: flags over environment over `.env` over the file over defaults. Throws `ConfigInvalidError` with all problems. */
export function resolveSettings(input: SettingsInput): Settings {
  const { file, dotenv, cwd } = input;
  const problems: ConfigProblem[] = [];
  const parsed = file === null ? null : parseProject(file.text, file.shown);
  const fromDotenv = dotenv === null ? null : parseDotenv(dotenv.text, dotenv.shown);
  problems.push(...(parsed?.problems ?? []), ...(fromDotenv?.problems ?? []));

  const project = parsed?.project ?? EMPTY_PROJECT;
  const inEnvironment = withoutEmpty(input.environment);
  const inDotenv = withoutEmpty(fromDotenv?.values ?? {});
  const environment = {
    ...withPaths(withUpperCase(inDotenv), () => dotenv?.directory ?? cwd()),
    ...withPaths(withUpperCase(inEnvironment), cwd),
  };
  const found = (name: string): { source: string; path: string } => {
    const spelling = spellingIn(inEnvironment, name);
    return spelling === null && dotenv !== null
      ? { source: dotenv.shown, path: spellingIn(inDotenv, name) ?? name }
      : { source: "the environment", path: spelling ?? name };
  };
  problems.push(...checkAddresses(environment, found));

  const directory = dirname(input.path);
  const warehouse = chooseWarehouse(input, { inEnvironment, inDotenv, inFile: project.warehouse }, directory);
  const wrong = warehouse.origin === "file" ? null : checkWarehouseAddress(warehouse.url);
  if (wrong !== null) {
    const place = warehouse.origin === "flag" ? { source: "--warehouse", path: "" } : found("LORCHESTRA_WAREHOUSE");
    problems.push({ ...place, line: null, column: null, message: wrong });
  }
  if (problems.length > 0) throw new ConfigInvalidError(problems);
  const { warehouseOptions, connections, jobModules, sweepDays } = project;
  return {
    file: file?.path ?? null,
    path: input.path,
    directory,
    environment,
    warehouse,
    warehouseOptions,
    connections,
    jobModules,
    sweepDays,
  };
}

/** What a setting was found as, by where; in `environment` and `.env` nothing empty. */
interface Places {
  readonly inEnvironment: Readonly<Record<string, string | undefined>>;
  readonly inDotenv: Readonly<Record<string, string | undefined>>;
  readonly inFile: string | null;
}

function chooseWarehouse(
  { warehouse, cwd, dotenv }: SettingsInput,
  { inEnvironment, inDotenv, inFile }: Places,
  directory: string,
): Settings["warehouse"] {
  const [ofEnvironment, ofDotenv] = [inEnvironment.LORCHESTRA_WAREHOUSE, inDotenv.LORCHESTRA_WAREHOUSE];
  const fromHere = (url: string): { url: string; directory: string } => ({
    url,
    directory: hasPlace(url) ? directory : cwd(),
  });
  if (warehouse !== null) return { ...fromHere(warehouse), origin: "flag" };
  if (ofEnvironment !== undefined) return { ...fromHere(ofEnvironment), origin: "environment" };
  if (ofDotenv !== undefined) return { url: ofDotenv, directory: dotenv?.directory ?? directory, origin: ".env" };
  if (inFile !== null) return { url: inFile, directory, origin: "file" };
  return { url: DEFAULT_WAREHOUSE, directory, origin: "default" };
}

/** Its path is absolute, so that no folder makes a difference: "duckdb:/data/x.duckdb", "bigquery://my-project/events_dev". */
function hasPlace(address: string): boolean {
  return isAbsolute(address.slice(address.indexOf(":") + 1));
}

/** Variables that hold a path: it is relative to the folder of `.env` there, else to the working directory. */
const PATHS: readonly string[] = ["GOOGLE_APPLICATION_CREDENTIALS"];

function withPaths(
  values: Readonly<Record<string, string | undefined>>,
  directory: () => string,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      PATHS.includes(name) && value !== undefined && !isAbsolute(value) ? resolve(directory(), value) : value,
    ]),
  );
}

/** Variables that other programs know in lower case too; that counts first: https://everything.curl.dev/usingcurl/proxies/env.html */
const LOWER_CASE_TOO: readonly string[] = ["HTTPS_PROXY", "NO_PROXY"];

function spellingIn(values: Readonly<Record<string, string | undefined>>, name: string): string | null {
  const spellings = LOWER_CASE_TOO.includes(name) ? [name.toLowerCase(), name] : [name];
  return spellings.find((spelling) => values[spelling] !== undefined) ?? null;
}

/** With such variables under their names in upper case; a proxy's address may lack its scheme, as curl takes it. */
function withUpperCase(values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const unified = { ...values };
  for (const name of LOWER_CASE_TOO) {
    const spelling = spellingIn(values, name);
    if (spelling !== null) unified[name] = values[spelling];
  }
  const proxy = unified["HTTPS_PROXY"];
  return proxy === undefined || proxy.includes("://") ? unified : { ...unified, HTTPS_PROXY: `http://${proxy}` };
}

function withoutEmpty(values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value.trim() !== ""));
}
