import { LorchestraError } from "../../errors.js";
import { proxyFor } from "../../proxy-for.js";
import type { WarehouseAddress } from "../warehouse-kind.js";
import { byteCountOf } from "./byte-count.js";

/** Where a BigQuery warehouse is, and what it may spend. */
export interface Place {
  readonly projectId: string;
  readonly datasetId: string;
  /** As the address gives it; null where the dataset's own location decides. */
  readonly location: string | null;
  /** Origin of an emulator, such as "http://127.0.0.1:9050"; null for Google's own service. */
  readonly emulatorOrigin: string | null;
  /** Path of a file with Google's credentials; null where its own client looks for some, and for an emulator. */
  readonly keyFile: string | null;
  /** The proxy of a request to this address; null where it goes straight. */
  proxyFor(url: string): string | null;
  /** No statement may bill more; null: a commit may bill little more than its own dry run has said, and a SELECT what it takes. */
  readonly maximumBytesBilled: number | null;
}

/** Reads `bigquery://PROJECT/DATASET?location=…`; what it leaves out comes from GCP_PROJECT and EVENTS_BQ_DATASET. */
export function parseAddress(address: WarehouseAddress): Place {
  const { url, environment, settings } = address;
  const match = /^bigquery:(?:\/\/)?(?<project>[^/?#]*)(?:\/(?<dataset>[^/?#]*))?(?:\?(?<query>[^#]*))?$/.exec(url);
  if (match === null) throw invalid(`\`${url}\` is no BigQuery address`);
  const { project = "", dataset = "", query = "" } = match.groups ?? {};
  const projectId = project || (environment["GCP_PROJECT"] ?? "");
  const datasetId = dataset || (environment["EVENTS_BQ_DATASET"] ?? "") || "events_dev";
  if (projectId === "") throw invalid(`\`${url}\` names no project, and GCP_PROJECT is not set`);
  // Also keeps quotes and backticks out of every statement.
  if (!/^[a-z][a-z0-9.:-]*$/.test(projectId)) throw invalid(`\`${projectId}\` is no project id`);
  if (!/^\w{1,1024}$/.test(datasetId)) throw invalid(`\`${datasetId}\` is no dataset name`);
  const emulator = environment["BIGQUERY_EMULATOR_HOST"] ?? "";
  const keyFile = environment["GOOGLE_APPLICATION_CREDENTIALS"] ?? "";
  return {
    projectId,
    datasetId,
    location: readLocation(new URLSearchParams(query)),
    emulatorOrigin: emulator === "" ? null : readOrigin(emulator),
    keyFile: keyFile === "" || emulator !== "" ? null : keyFile,
    proxyFor: (requested) => proxyFor(requested, environment),
    maximumBytesBilled: readBytes(settings["maximum_bytes_billed"]),
  };
}

function readLocation(query: URLSearchParams): string | null {
  for (const name of query.keys()) {
    if (name !== "location") throw invalid(`a BigQuery address has no parameter \`${name}\``);
  }
  const location = query.get("location");
  if (location !== null && !/^[A-Za-z0-9-]+$/.test(location)) throw invalid(`\`${location}\` is no BigQuery location`);
  return location;
}

function readOrigin(host: string): string {
  const text = /^https?:\/\//.test(host) ? host : `http://${host}`;
  if (!URL.canParse(text)) {
    throw new LorchestraError("CONFIG_INVALID", `BIGQUERY_EMULATOR_HOST \`${host}\` is no host and port`, {
      hint: "set BIGQUERY_EMULATOR_HOST to host:port, such as 127.0.0.1:9050, or unset it to reach Google",
    });
  }
  return new URL(text).origin;
}

function readBytes(setting: unknown): number | null {
  if (setting === undefined) return null;
  const bytes = byteCountOf(setting);
  if (bytes !== null) return bytes;
  throw new LorchestraError("CONFIG_INVALID", "maximum_bytes_billed is no whole number of bytes", {
    hint: "write maximum_bytes_billed as a number of bytes, such as 10_000_000_000",
  });
}

function invalid(message: string): LorchestraError {
  return new LorchestraError("CONFIG_INVALID", message, {
    hint: "write bigquery://my-project/events_dev?location=US, or set GCP_PROJECT and EVENTS_BQ_DATASET",
  });
}
