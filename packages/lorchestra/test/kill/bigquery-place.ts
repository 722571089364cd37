import type { TestBigQuery } from "../warehouse/bigquery-emulator.js";
import { type BigQueryPlace, newPlace } from "../warehouse/bigquery-places.js";
import { type Fault, isCommit, startFaultProxy } from "../warehouse/bigquery/fault-proxy.js";
import { makeProject, type Place, type Tables } from "./place.js";
import type { RunWatch } from "./run-watch.js";
import type { StripeProcess } from "./stripe-process.js";

/** A dataset of its own, which each run reaches through a proxy of its own that sees what passes, and kills. */
export async function bigqueryPlace(bigQuery: TestBigQuery, directory: string, stripe: StripeProcess): Promise<Place> {
  const dataset = await newPlace(bigQuery, "kill");
  const project = makeProject(directory, dataset.address.url, stripe);
  return {
    ...project,
    kind: "bigquery",
    link: async (watch, kill) => {
      let end = (): void => {};
      const proxy = await startFaultProxy(
        bigQuery.origin ?? "",
        watching(watch, kill, () => end()),
      );
      return {
        env: { BIGQUERY_EMULATOR_HOST: proxy.host },
        connect: (process) => {
          end = () => void process.kill("SIGKILL");
        },
        close: async () => proxy[Symbol.asyncDispose](),
      };
    },
    read: () => readDataset(dataset),
    expireLeases: async () => {
      const leases = dataset.tableName("leases");
      await dataset.select(`UPDATE ${leases} SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE TRUE`);
    },
    [Symbol.asyncDispose]: () => dataset.remove(),
  };
}

/** Marks what a run does with its leases and commits, and ends it at the chosen job. */
function watching(watch: RunWatch, kill: Parameters<Place["link"]>[1], end: () => void): Fault {
  let jobs = 0;
  return async (seen, forward) => {
    if (seen.method !== "POST" || seen.jobId === "") return undefined;
    jobs += 1;
    const isChosen = kill !== null && jobs === kill.pass;
    const [, stream = ""] = /stripe\/stripe-mensio\/(\w+)/.exec(seen.text) ?? [];
    if (isChosen && kill.side === "before") {
      end();
      return "drop";
    }
    if (isCommit(seen)) watch.mark("commit");
    const answer = await forward();
    if (isCommit(seen)) {
      watch.mark("committed");
      watch.mark(`committed ${stream}`);
    }
    if (seen.jobId.includes("_acquire_")) {
      watch.mark("acquired");
      watch.mark(`acquired ${stream}`);
    }
    if (isChosen) end();
    return isChosen ? "drop" : answer;
  };
}

const TABLES = ["raw_objects", "event_log", "checkpoints", "leases", "quarantine"];

async function readDataset(dataset: BigQueryPlace): Promise<Tables | null> {
  const tables = await dataset.tables().catch((): string[] => []);
  if (!TABLES.every((name) => tables.includes(name))) return null;
  const rowsOf = async <Name extends string>(
    table: string,
    columns: Readonly<Record<Name, string>>,
  ): Promise<Record<Name, string>[]> => {
    const names = Object.keys(columns) as Name[];
    const rows = await dataset.select(`SELECT ${Object.values(columns).join(", ")} FROM ${dataset.tableName(table)}`);
    return rows.map(
      (row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ""])) as Record<Name, string>,
    );
  };
  const rows = await rowsOf("raw_objects", {
    idem_key: "idem_key",
    source_system: "source_system",
    connection_name: "connection_name",
    object_type: "object_type",
    external_id: "external_id",
    payload: "TO_JSON_STRING(payload)",
    is_deleted: "CAST(deleted_at IS NOT NULL AS STRING)",
    run_id: "run_id",
  });
  const events = await rowsOf("event_log", {
    event_id: "event_id",
    event_type: "event_type",
    correlation_id: "correlation_id",
    target_object_type: "target_object_type",
    payload: "TO_JSON_STRING(payload)",
  });
  const held = await rowsOf("leases", {
    name: "name",
    is_held: "CAST(holder IS NOT NULL AND expires_at > CURRENT_TIMESTAMP() AS STRING)",
  });
  return {
    rows: rows.map((row) => ({ ...row, is_deleted: row.is_deleted === "true" })),
    events,
    checkpoints: await rowsOf("checkpoints", { stream: "stream", run_id: "run_id" }),
    quarantined: (await rowsOf("quarantine", { idem_key: "idem_key" })).length,
    staging: tables.filter((name) => name.startsWith("staging_")),
    leases: held.filter(({ is_held }) => is_held === "true").map(({ name }) => name),
  };
}
