import { describe, expect, it } from "vitest";
import { LorchestraError } from "../../../src/errors.js";
import { parseAddress } from "../../../src/warehouse/bigquery/address.js";

const parse = (
  url: string,
  environment: Record<string, string> = {},
  settings: Record<string, string | number | boolean> = {},
) => parseAddress({ url, directory: "/", environment, settings });

describe("a BigQuery address", () => {
  it("names project, dataset and location", () => {
    expect(parse("bigquery://my-project/events_dev?location=northamerica-northeast1")).toEqual({
      projectId: "my-project",
      datasetId: "events_dev",
      location: "northamerica-northeast1",
      emulatorOrigin: null,
      keyFile: null,
      proxyFor: expect.any(Function),
      maximumBytesBilled: null,
    });
  });

  it.each([
    ["bigquery:", { GCP_PROJECT: "p-1", EVENTS_BQ_DATASET: "d_1" }, "p-1", "d_1"],
    ["bigquery://", { GCP_PROJECT: "p-1" }, "p-1", "events_dev"],
    ["bigquery://p-2", { GCP_PROJECT: "p-1", EVENTS_BQ_DATASET: "d_1" }, "p-2", "d_1"],
    ["bigquery:///d_2", { GCP_PROJECT: "p-1", EVENTS_BQ_DATASET: "d_1" }, "p-1", "d_2"],
    ["bigquery://example.com:p-3/d_3", {}, "example.com:p-3", "d_3"],
  ])("takes what %s leaves out from the environment", (url, environment, projectId, datasetId) => {
    expect(parse(url, environment)).toMatchObject({ projectId, datasetId });
  });

  it.each([
    ["127.0.0.1:9050", "http://127.0.0.1:9050"],
    ["http://localhost:9050/", "http://localhost:9050"],
    ["https://bigquery.test", "https://bigquery.test"],
    ["", null],
  ])("reaches an emulator at %s", (host, emulatorOrigin) => {
    expect(parse("bigquery://p/d", { BIGQUERY_EMULATOR_HOST: host }).emulatorOrigin).toBe(emulatorOrigin);
  });

  it("finds the credentials that the environment names, and needs none for an emulator", () => {
    const GOOGLE_APPLICATION_CREDENTIALS = "/keys/sa.json";
    expect(parse("bigquery://p/d", { GOOGLE_APPLICATION_CREDENTIALS }).keyFile).toBe("/keys/sa.json");
    const emulator = { GOOGLE_APPLICATION_CREDENTIALS, BIGQUERY_EMULATOR_HOST: "127.0.0.1:9050" };
    expect(parse("bigquery://p/d", emulator).keyFile).toBeNull();
  });

  it.each([
    [10_000_000, 10_000_000],
    ["10_000_000", 10_000_000],
  ])("reads a limit of %s bytes", (setting, bytes) => {
    expect(parse("bigquery://p/d", {}, { maximum_bytes_billed: setting }).maximumBytesBilled).toBe(bytes);
  });

  it.each([
    ["bigquery://"],
    ["bigquery://P/d"],
    ["bigquery://p/d-1"],
    ["bigquery://p/d?region=US"],
    ["bigquery://p/d?location=U'S"],
    ["bigquery://p/d/t"],
    ["duckdb:./x"],
  ])("refuses %s with the way to write it", (url) => {
    expect(() => parse(url)).toThrow(LorchestraError);
    expect(() => parse(url)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", hint: expect.stringContaining("bigquery://") }) as Error,
    );
  });

  it.each([["0"], ["ten"], [-1], [1.5], [true]])("refuses a limit of %s bytes", (setting) => {
    expect(() => parse("bigquery://p/d", {}, { maximum_bytes_billed: setting })).toThrow(LorchestraError);
  });
});
