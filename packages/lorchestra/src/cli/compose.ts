import { resolve } from "node:path";
import type { Clock, ReadEvent, Source } from "injest";
import type { ConnectionSettings } from "../config/project.js";
import type { Settings } from "../config/settings.js";
import { warehouseScheme } from "../config/warehouse-address.js";
import { LorchestraError } from "../errors.js";
import { discardingEventLog } from "../events/discarding-event-log.js";
import { createEventSpool } from "../events/event-spool.js";
import { redactingEventLog } from "../events/redacting-event-log.js";
import { warehouseEventLog } from "../events/warehouse-event-log.js";
import { newUlid } from "../ids.js";
import { proxyFor } from "../proxy-for.js";
import { prepareOnce } from "../runs/job/prepare-once.js";
import type { RunContext, RunOptions } from "../runs/run-context.js";
import { JOBS_AT_ONCE } from "../runs/run-jobs.js";
import { openDiskSpill } from "../spill/disk-spill.js";
import type { Warehouse } from "../warehouse/warehouse.js";
import type { WarehouseAddress, WarehouseKind } from "../warehouse/warehouse-kind.js";
import { WAREHOUSES } from "../warehouse/warehouses.js";
import { readApiKey } from "./api-key.js";
import type { CommandContext } from "./command-context.js";
import { runSources } from "./run-sources.js";

export interface WarehouseRequest {
  readonly access: "read" | "write";
  readonly testTable: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly runId?: string;
}

/** Opens the configured warehouse; its SDK is imported only now. */
export async function openWarehouse(settings: Settings, request: WarehouseRequest): Promise<Warehouse> {
  const open = await loadWarehouse(settings);
  return open(request);
}

/** The configured warehouse's address as a configuration in a folder has to name it. */
export async function warehouseSeenFrom(folder: string, settings: Settings): Promise<string> {
  return (await kindOf(settings).seenFrom?.(folder, addressOf(settings))) ?? settings.warehouse.url;
}

/** Imports the SDK of the configured warehouse. */
async function loadWarehouse(settings: Settings): Promise<(request: WarehouseRequest) => Promise<Warehouse>> {
  const open = await kindOf(settings).load();
  return ({ access, testTable, clock, signal, runId = newUlid(clock.wallMs()) }) =>
    open(addressOf(settings), {
      tablePrefix: testTable ? "test_" : "",
      access,
      runId,
      nowMs: () => clock.wallMs(),
      signal,
    });
}

function addressOf({ warehouse: { url, directory }, environment, warehouseOptions }: Settings): WarehouseAddress {
  return { url, directory, environment, settings: warehouseOptions };
}

function kindOf({ warehouse }: Settings): WarehouseKind {
  const kind = WAREHOUSES[warehouseScheme(warehouse.url)];
  if (kind !== undefined) return kind;
  throw new LorchestraError("CONFIG_INVALID", "the warehouse's kind is not known", {
    hint: "See docs/configuration.md.",
  });
}

/** The source of a connection: connections to it are opened at the first request. Throws KEY_MISSING. */
export async function openSource(
  connection: ConnectionSettings,
  settings: Settings,
  { io, redactor }: CommandContext,
  maxRate: number | string | null,
): Promise<Source> {
  const apiKey = readApiKey(connection, settings, redactor);
  const { DEFAULT_API_BASE, stripeSource } = await import("injest");
  const { STRIPE_API_BASE: apiBase } = settings.environment;
  const proxy = proxyFor(apiBase ?? DEFAULT_API_BASE, settings.environment);
  const rate = maxRate ?? connection.maxRate;
  return stripeSource({
    apiKey,
    clock: io.clock,
    ...(apiBase !== undefined && { apiBase }),
    ...(proxy !== null && { proxy }),
    ...(connection.apiVersion !== null && { apiVersion: connection.apiVersion }),
    ...(typeof rate === "number" && { maxRequestsPerSecond: rate }),
    ...(typeof rate === "string" && { share: Number.parseFloat(rate) / 100 }),
    ...(connection.attemptTimeoutMs !== null && { attemptTimeoutMs: connection.attemptTimeoutMs }),
    ...(connection.requestTimeoutMs !== null && { requestTimeoutMs: connection.requestTimeoutMs }),
    sweepDays: settings.sweepDays,
  });
}

/** What the jobs of one run share. Disposal closes all of it. */
export interface ComposedRun extends AsyncDisposable {
  readonly runId: string;
  readonly warehouse: Warehouse;
  /**
   * Jobs of one connection share its source, and so its rate limit. Of those that ingest a stream the first has its head
   * start. Throws KEY_MISSING.
   */
  contextFor(connection: ConnectionSettings, stream: string | null, observe: (event: ReadEvent) => void): RunContext;
}

export interface ComposeOptions {
  readonly settings: Settings;
  readonly context: CommandContext;
  readonly options: RunOptions;
  readonly maxRate: number | string | null;
  readonly connections: readonly ConnectionSettings[];
  readonly access: "read" | "write";
  /** What will be loaded whole if there is no warehouse yet: its first requests are sent before one is made. */
  readonly firstLoads?: readonly FirstLoad[];
  /** What can be done while threads of the warehouse's own open it, such as loading code. */
  readonly meanwhile?: () => Promise<unknown>;
}

export interface FirstLoad {
  readonly connection: ConnectionSettings;
  readonly stream: string;
}

/** Puts implementations behind the seams, for one run. */
export async function composeRun(composition: ComposeOptions): Promise<ComposedRun> {
  const { settings, context, options, connections, access, firstLoads = [], meanwhile } = composition;
  const { clock, signal } = context.io;
  const runId = newUlid(clock.wallMs());
  // A missing key must not have opened, or even made, a warehouse.
  for (const connection of connections) readApiKey(connection, settings, context.redactor);
  const sources = runSources({
    connections,
    openSource: (connection) => openSource(connection, settings, context, composition.maxRate),
    signal,
  });
  let opening: Promise<Warehouse> | undefined;
  let warehouse: Warehouse;
  try {
    if (firstLoads.length > 0 && (await kindOf(settings).isMissing?.(addressOf(settings))) === true) {
      await sources.open();
      for (const { connection, stream } of firstLoads.slice(0, JOBS_AT_ONCE)) sources.begin(connection, stream);
    }
    const open = await loadWarehouse(settings);
    // Threads of its own open it and make its tables, while the code of the sources is loaded.
    opening = open({ access, testTable: options.testTable, clock, signal, runId });
    const preparing = access === "read" ? opening : opening.then(prepareOnce);
    preparing.catch(() => undefined); // It is told once the sources are there: to each job, what the tables lack.
    await sources.open();
    await meanwhile?.();
    warehouse = await opening;
  } catch (error) {
    await sources.close();
    await opening?.then((opened) => opened[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
  const eventLog =
    access === "read"
      ? discardingEventLog
      : redactingEventLog(
          warehouseEventLog(warehouse, spoolOf(warehouse, settings, options)),
          context.redactor.hideStrictly,
        );
  return {
    runId,
    warehouse,
    contextFor: (connection, stream, observe) => {
      const source = sources.of(connection);
      const begun = sources.takeBegun(connection, stream);
      const openSpill = openDiskSpill;
      const shared = { runId, connection, source, warehouse, eventLog, clock, openSpill, options, signal, observe };
      return begun === undefined ? shared : { ...shared, headStart: begun };
    },
    [Symbol.asyncDispose]: async () => {
      await sources.close();
      await warehouse[Symbol.asyncDispose]();
    },
  };
}

/** Beside the configuration, and apart for each warehouse and each set of its tables. */
function spoolOf(warehouse: Warehouse, settings: Settings, options: RunOptions) {
  return createEventSpool({
    directory: resolve(settings.directory, ".lorchestra"),
    warehouseKey: JSON.stringify([warehouse.identity, options.testTable ? "test_" : ""]),
  });
}
