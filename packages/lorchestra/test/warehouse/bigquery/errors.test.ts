import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LORCHESTRA_ERRORS, LorchestraError, type LorchestraErrorCode } from "../../../src/errors.js";
import { testOpenOptions } from "../../../src/testing/index.js";
import { failure } from "../../../src/testing/warehouse-context.js";
import { parseAddress } from "../../../src/warehouse/bigquery/address.js";
import { ApiError, errorOfJob, errorOfResponse } from "../../../src/warehouse/bigquery/api/api-error.js";
import { createApi } from "../../../src/warehouse/bigquery/api/api.js";
import { classify, type Attempted } from "../../../src/warehouse/bigquery/api/classify.js";
import { createDataset } from "../../../src/warehouse/bigquery/dataset.js";
import { open } from "../../../src/warehouse/bigquery/index.js";
import { fieldsOf } from "../../../src/warehouse/bigquery/layout.js";
import { REAL_PACE } from "../../../src/warehouse/bigquery/api/pace.js";
import type { FieldSchema } from "../../../src/warehouse/bigquery/api/resources.js";
import type { Transport } from "../../../src/warehouse/bigquery/api/transport.js";
import { TABLES, type TableName } from "../../../src/warehouse/tables.js";
import { refusal, startFaultProxy, type Answer } from "./fault-proxy.js";

const address = (url: string) => ({ url, directory: "/", environment: {}, settings: {} });
const place = parseAddress(address("bigquery://my-project/events_dev?location=US"));

describe("an error of BigQuery", () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each<
    [reason: string, status: number | null, attempted: Partial<Attempted>, code: LorchestraErrorCode, hint: string]
  >([
    ["accessDenied", 403, {}, "WAREHOUSE_REFUSED", "gcloud projects add-iam-policy-binding my-project"],
    ["authError", 401, {}, "WAREHOUSE_REFUSED", "gcloud auth application-default login"],
    ["billingNotEnabled", 403, {}, "WAREHOUSE_BILLING", "enable billing for project my-project"],
    ["billingNotEnabled", null, { isDml: true }, "WAREHOUSE_BILLING", "sandbox"],
    ["quotaExceeded", 403, {}, "WAREHOUSE_QUOTA", "quota of project my-project"],
    ["rateLimitExceeded", 403, {}, "WAREHOUSE_BUSY", "run again"],
    ["backendError", 503, {}, "WAREHOUSE_UNREACHABLE", "run again"],
    ["timeout", null, {}, "WAREHOUSE_UNREACHABLE", "run again"],
    ["unfinished", null, {}, "WAREHOUSE_BUSY", "fewer of its queries"],
    ["resourcesExceeded", null, { isUserSql: true }, "WAREHOUSE_QUOTA", "ask for fewer rows"],
    ["notFound", 404, {}, "WAREHOUSE_NOT_FOUND", "project my-project exists"],
    ["notFound", 404, { isUserSql: true }, "SQL_INVALID", "names of tables"],
    ["invalidQuery", 400, { isUserSql: true }, "SQL_INVALID", "GoogleSQL"],
    ["invalidQuery", null, {}, "WAREHOUSE_FAILED", "report"],
    ["bytesBilledLimitExceeded", 400, {}, "WAREHOUSE_COST_LIMIT", "maximum_bytes_billed"],
    ["responseTooLarge", 403, { isUserSql: true }, "WAREHOUSE_QUOTA", "ask for fewer rows"],
    ["unexplained", 403, {}, "WAREHOUSE_REFUSED", "roles/bigquery.dataEditor"],
    ["unexplained", 502, {}, "WAREHOUSE_UNREACHABLE", "run again"],
  ])("%s with status %s says what to do", (reason, status, attempted, code, hint) => {
    const cause = new ApiError(reason, "said BigQuery", status === null ? {} : { status });
    const error = classify(cause, place, { what: "do it", ...attempted }) as LorchestraError;
    expect(error).toBeInstanceOf(LorchestraError);
    expect(error.code).toBe(code);
    expect(error.remedy).toBe(LORCHESTRA_ERRORS[code]);
    expect(error.message).toBe("BigQuery could not do it: said BigQuery");
    expect(error.hint).toContain(hint);
    expect(error.facts).toEqual({ reason, status, project: "my-project", dataset: "events_dev" });
  });

  it("of a queue of statements that is full says that many runs write at once, not that one needs too much", () => {
    const message = "Resources exceeded: Too many DML statements outstanding against table p:d.leases, limit is 20.";
    const error = classify(new ApiError("resourcesExceeded", message), place, { what: "take a lease", isDml: true });
    expect(error).toMatchObject({ code: "WAREHOUSE_BUSY", hint: expect.stringContaining("one after another") });
  });

  it.each([
    ["quotaExceeded", "Quota exceeded: Your project exceeded quota for free query bytes scanned."],
    ["notFound", "Not found: Table my-project:events_dev.raw was not found in location US"],
    ["accessDenied", "Access Denied: User does not have bigquery.jobs.create permission"],
    ["bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: 1000. 10485760 or higher required."],
  ])("of names, rights and limits is told in BigQuery's words: %s", (reason, message) => {
    const body = { error: { message, errors: [{ reason, message }] } };
    expect(errorOfResponse(400, body).message).toBe(message);
    expect(errorOfJob("job_1", { reason, message }).message).toBe(message);
  });

  it.each([
    ["invalidQuery", "Bad int64 value: jane@example.com"],
    ["invalid", "Error while reading data: Couldn't convert value to timestamp: jane@example.com"],
    ["stopped", 'Query error: Failed to parse input string "jane@example.com" at [4:1]'],
    ["backendError", "Retry: jane@example.com"],
    ["aNewReason", "jane@example.com"],
  ])("of anything else holds nothing of a record, and names the job: %s", (reason, message) => {
    const body = { error: { message, errors: [{ reason, message }] } };
    for (const cause of [errorOfResponse(400, body), errorOfJob("job_1", { reason, message })]) {
      const error = classify(cause, place, { what: "do it" }) as LorchestraError;
      // As --debug prints it.
      expect(`${error.stack}${error.hint}${JSON.stringify(error.facts)}${cause.stack}`).not.toContain("jane");
      expect(error.message).toContain(reason);
    }
    expect(errorOfJob("job_1", { reason, message }).message).toContain("job_1");
  });

  describe("in a statement of a user", () => {
    /** Answers as BigQuery does, whose dataset is there: what it says of the statement before it runs, and when it has. */
    async function query(explained: Answer, ran: Answer): Promise<LorchestraError> {
      await using proxy = await startFaultProxy("http://127.0.0.1:9", async ({ method, text }) => {
        if (method !== "POST") return { status: 200, body: "{}" };
        return text.includes('"dryRun":true') ? explained : ran;
      });
      const environment = { BIGQUERY_EMULATOR_HOST: proxy.host };
      await using warehouse = await open({ ...address("bigquery://local"), environment }, testOpenOptions());
      return await failure("SQL_INVALID", () => warehouse.query("SELECT CAST(email AS INT64) FROM t"));
    }

    it("is told in BigQuery's words where the text is wrong", async () => {
      const error = await query(refusal(400, "invalidQuery", "Unrecognized name: email at [1:13]"), refusal(500, "x"));
      expect(error.message).toContain("Unrecognized name: email at [1:13]");
    });

    it("is told without the value where a value is wrong", async () => {
      const taken = { statistics: { query: { statementType: "SELECT", totalBytesProcessed: "0" } } };
      const errorResult = { reason: "invalidQuery", message: "Bad int64 value: jane@example.com" };
      const failed = { jobReference: { jobId: "job_1" }, status: { state: "DONE", errorResult } };
      const error = await query(
        { status: 200, body: JSON.stringify(taken) },
        { status: 200, body: JSON.stringify(failed) },
      );
      expect(error.message).toBe(
        "BigQuery could not run the statement: it failed on a value: job job_1 failed, invalidQuery",
      );
      expect(error.hint).toContain("SAFE_CAST");
    });
  });

  it("about missing credentials says how to get some, without asking the network", async () => {
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");
    await using warehouse = await open(address("bigquery://my-project"), testOpenOptions());
    const error = await failure("WAREHOUSE_REFUSED", () => warehouse.prepare());
    expect(error.hint).toContain("gcloud auth application-default login");
    expect(error.remedy).toBe("fix-credentials");
  });

  describe("about a file of credentials that the address's environment names", () => {
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "lorchestra-keys-"));
    });
    afterEach(() => rm(directory, { recursive: true }));

    async function refused(): Promise<string> {
      const environment = { GOOGLE_APPLICATION_CREDENTIALS: join(directory, "sa.json") };
      const place = { ...address("bigquery://my-project"), directory, environment };
      await using warehouse = await open(place, testOpenOptions());
      return (await failure("WAREHOUSE_REFUSED", () => warehouse.prepare())).message;
    }

    it("says that it does not exist", async () => {
      expect(await refused()).toContain(
        `GOOGLE_APPLICATION_CREDENTIALS names ${join(directory, "sa.json")}, which does not exist`,
      );
    });

    it.each(["", "{}", "[", "-----BEGIN PRIVATE KEY-----"])("says that it holds none: %j", async (text) => {
      await writeFile(join(directory, "sa.json"), text);
      expect(await refused()).toContain("which holds no credentials");
    });

    it("says that it cannot be read", async () => {
      await mkdir(join(directory, "sa.json"));
      expect(await refused()).toContain("which cannot be read (EISDIR)");
    });

    it("quotes nothing of those that gcloud has left, when they are damaged", async () => {
      vi.stubEnv("CLOUDSDK_CONFIG", directory);
      vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", undefined);
      await writeFile(
        join(directory, "application_default_credentials.json"),
        '{"type": "authorized_user", secretsecret}',
      );
      await using warehouse = await open(address("bigquery://my-project"), testOpenOptions());
      const error: Error = await failure("WAREHOUSE_REFUSED", () => warehouse.prepare());
      const chain: string[] = [];
      for (let each: unknown = error; each instanceof Error; each = each.cause)
        chain.push(each.message, String(each.stack));
      expect(chain.join("\n")).not.toContain("secretsecret");
    });

    it("says what is wrong with the key in it", async () => {
      const key = { type: "service_account", client_email: "a@b.example", private_key: "none", project_id: "p" };
      await writeFile(join(directory, "sa.json"), JSON.stringify(key));
      expect(await refused()).toContain("the private key in the credentials is no key");
    });
  });

  it("tells a dataset in another location", async () => {
    const dataset = datasetBehind(async () => ({ body: { location: "EU" }, serverNowMs: 0 }));
    const error = await failure("WAREHOUSE_LOCATION_MISMATCH", () => dataset.find());
    expect(error.facts).toMatchObject({ expected: "US", actual: "EU" });
  });

  describe("about a table that allows no NULL", () => {
    /** `check` of a dataset that has this one table; names are as somebody has written them. */
    async function checked(name: TableName, required: string, more: Partial<FieldSchema> = {}): Promise<void> {
      const named = fieldsOf(TABLES[name]).find((field) => field.name === required.toLowerCase());
      const others = fieldsOf(TABLES[name]).filter((field) => field !== named);
      const field = { type: "STRING", ...named, name: required, mode: "REQUIRED", ...more };
      const dataset = datasetBehind(async ({ path }) => {
        if (path !== `datasets/events_dev/tables/${name}`) throw new ApiError("notFound", "not found", { status: 404 });
        return { body: { schema: { fields: [...others, field] } }, serverNowMs: 0 };
      });
      await dataset.check();
    }

    it.each([
      ["event_log", "Trace_Id"],
      ["raw_objects", "deleted_at"],
      ["raw_objects", "theirs"],
    ] as const)("where some rows have nothing says how to allow it: `%s`, `%s`", async (name, required) => {
      const error = await failure("WAREHOUSE_SCHEMA_CONFLICT", () => checked(name, required));
      expect(error.message).toBe(`table events_dev.${name} allows no NULL in its column ${required}`);
      expect(error.hint).toContain(
        `ALTER TABLE \`my-project.events_dev.${name}\` ALTER COLUMN \`${required}\` DROP NOT NULL`,
      );
    });

    it("where each row has a value is silent", async () => {
      await checked("raw_objects", "idem_key");
      await checked("event_log", "status");
      await checked("raw_objects", "theirs", { defaultValueExpression: "'new'" });
    });
  });

  it("tells a project that does not exist from a dataset that does not", async () => {
    const missing =
      (paths: readonly string[]): Transport =>
      async ({ path }) => {
        if (paths.includes(path)) throw new ApiError("notFound", "not found", { status: 404 });
        return { body: {}, serverNowMs: 0 };
      };
    expect(await datasetBehind(missing(["datasets/events_dev"])).find()).toBe(false);
    const error = await failure("WAREHOUSE_NOT_FOUND", () =>
      datasetBehind(missing(["datasets/events_dev", "datasets"])).find(),
    );
    expect(error.message).toContain("my-project");
  });

  function datasetBehind(transport: Transport) {
    return createDataset(createApi({ transport, pace: REAL_PACE, access: "write" }), place, "");
  }
});
