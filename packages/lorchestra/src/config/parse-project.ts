import type { JsonSetting, WarehouseOption } from "../warehouse/warehouse-kind.js";
import { WAREHOUSES } from "../warehouse/warehouses.js";
import { CONNECTION_FIELDS, CONNECTION_NAME, PROJECT_FIELDS, PROVIDERS } from "./fields.js";
import { didYouMean } from "./nearest-names.js";
import type { ConfigProblem } from "./problem.js";
import { type ConnectionSettings, EMPTY_PROJECT, type Project } from "./project.js";
import { looksLikeSecret } from "./secret-shapes.js";
import { checkWarehouseAddress } from "./warehouse-address.js";
import { type Mapping, parseYaml } from "./yaml-mapping.js";

export interface ParsedProject {
  readonly project: Project;
  /** All that is wrong; with any of them the project must not be used. */
  readonly problems: readonly ConfigProblem[];
}

/** Parses and checks the text of `lorchestra.yaml`. Pure: it reads no file, no environment, and never throws. */
export function parseProject(text: string, file: string): ParsedProject {
  const { root, problems } = parseYaml(text, file);
  if (root === null) return { project: EMPTY_PROJECT, problems };
  const fields = root.read(PROJECT_FIELDS);
  const warehouse = fields.warehouse as string | undefined;
  if (warehouse !== undefined) {
    const message = checkWarehouseAddress(warehouse);
    if (message !== null) root.complain("warehouse", message);
  }
  const project: Project = {
    warehouse: warehouse ?? null,
    warehouseOptions: readOptions(root.mapping("warehouse_options")),
    connections: readConnections(root.mapping("connections")),
    jobModules: (fields.jobs as string[] | undefined) ?? [],
    sweepDays: (fields.sweep_days as number | undefined) ?? EMPTY_PROJECT.sweepDays,
  };
  return { project, problems };
}

function readConnections(connections: Mapping | null): ConnectionSettings[] {
  if (connections === null) return [];
  return connections.keys().flatMap((name) => {
    if (!CONNECTION_NAME.test(name)) {
      connections.complain(name, "a connection's name is made of letters, digits, '-', '_' and '.'", "key");
      const inside = connections.mapping(name);
      // What else is wrong with it is told at once, not when its name has been mended.
      if (inside !== null) readConnection(name, inside);
      return [];
    }
    if (looksLikeSecret(name)) {
      connections.complain(name, KEY_AS_NAME, "key");
      return [];
    }
    const connection = connections.mapping(name);
    if (connection === null) {
      connections.complain(name, "expected a mapping with provider and api_key_env");
      return [];
    }
    return [readConnection(name, connection)];
  });
}

/** It would stand in every row's key. */
const KEY_AS_NAME =
  "a key must not stand here: give the connection a name, such as stripe-main, and put the key into the environment or into .env";

function readConnection(name: string, connection: Mapping): ConnectionSettings {
  const fields = connection.read(CONNECTION_FIELDS);
  const provider = (fields.provider as string | undefined) ?? "";
  if (provider !== "" && !PROVIDERS.includes(provider)) {
    const known = PROVIDERS.join(", ");
    connection.complain("provider", `no such provider${didYouMean(provider, PROVIDERS) || `; there are: ${known}`}`);
  }
  return {
    name,
    identity: (fields.identity as string | undefined) ?? `${provider}:${name}`,
    provider,
    description: (fields.description as string | undefined) ?? "",
    apiKeyEnv: (fields.api_key_env as string | undefined) ?? "",
    apiVersion: (fields.api_version as string | undefined) ?? null,
    maxRate: (fields.max_rate as number | string | undefined) ?? null,
    attemptTimeoutMs: milliseconds(fields.attempt_timeout_s),
    requestTimeoutMs: milliseconds(fields.request_timeout_s),
  };
}

function milliseconds(seconds: unknown): number | null {
  return typeof seconds === "number" ? seconds * 1_000 : null;
}

/** Those of every warehouse: which one is used, the environment or a flag may say. */
const WAREHOUSE_OPTIONS = Object.fromEntries(
  Object.values(WAREHOUSES).flatMap(({ options }): [string, WarehouseOption][] => Object.entries(options)),
);

function readOptions(options: Mapping | null): Record<string, JsonSetting> {
  return options === null ? {} : (options.read(WAREHOUSE_OPTIONS) as Record<string, JsonSetting>);
}
