import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { gaxios } from "google-auth-library";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parseAddress } from "../../../src/warehouse/bigquery/address.js";
import type { ApiError } from "../../../src/warehouse/bigquery/api/api-error.js";
import { proxiedRequests } from "../../../src/warehouse/bigquery/api/proxied-requests.js";
import { openTransport } from "../../../src/warehouse/bigquery/api/transport.js";
import { startConnectProxy } from "../../connect-proxy.js";

describe("BigQuery behind a proxy", () => {
  let directory: string;
  let keyFile: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lorchestra-proxy-"));
    keyFile = join(directory, "credentials.json");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(
      keyFile,
      JSON.stringify({ type: "service_account", private_key: key, client_email: "me@example.com" }),
    );
  });

  afterAll(() => rm(directory, { recursive: true }));
  afterEach(() => vi.unstubAllEnvs());

  /** What is thrown when BigQuery is asked with these variables, which the process itself does not have. */
  async function failureOf(
    variables: Record<string, string>,
    timeoutMs = 20_000,
    signal?: AbortSignal,
  ): Promise<ApiError> {
    const environment = { GOOGLE_APPLICATION_CREDENTIALS: keyFile, ...variables };
    const place = parseAddress({ url: "bigquery://my-project/data", directory: "/", environment, settings: {} });
    const transport = await openTransport(place);
    return await transport({ method: "GET", path: "datasets", timeoutMs, signal }).then(
      () => expect.unreachable("it was reached"),
      (error: unknown) => error as ApiError,
    );
  }

  it.each([
    [407, "the proxy made no connection (HTTP 407)"],
    [403, "the proxy made no connection (HTTP 403)"],
    [503, "BigQuery cannot be reached (HTTP 503)"],
  ])(
    "is asked for through it only, tokens too; one that refuses with %i is told, without its password",
    async (status, message) => {
      await using proxy = await startConnectProxy(status);
      const failure = await failureOf({ HTTPS_PROXY: `http://someone:hunter2@127.0.0.1:${proxy.port}` });
      expect(failure).toMatchObject({ reason: "unreachable", message });
      expect(new Set(proxy.asked)).toEqual(new Set(["oauth2.googleapis.com:443"]));
      const told = `${failure.stack}${(failure.cause as Error).stack}`;
      expect(told).not.toMatch(/hunter2|c29tZW9uZTpodW50ZXIy/);
    },
  );

  it("is given up in time, and at once when asked to stop, while a token is waited for that never comes", async () => {
    await using proxy = await startConnectProxy(null);
    const variables = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await failureOf(variables, 200)).toMatchObject({ reason: "timeout" });
    const stopping = new AbortController();
    const asked = failureOf(variables, 600_000, stopping.signal);
    while (proxy.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    stopping.abort(new Error("stop"));
    expect(await asked).toMatchObject({ message: "stop" });
  });

  it("goes the way that each address has, whatever the process's own variables say", async () => {
    await using proxy = await startConnectProxy();
    await using other = await startConnectProxy();
    for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])
      vi.stubEnv(name, `http://127.0.0.1:${other.port}`);
    const requests = proxiedRequests(gaxios.Gaxios, (url) =>
      url.includes("straight") ? null : `http://127.0.0.1:${proxy.port}`,
    );
    const ask = (url: string) =>
      requests.request({ url, retry: false }).then(
        () => "answered",
        (error: unknown) => inspect(error),
      );
    await ask("https://127.0.0.1:1/through");
    // Nobody listens there: it was asked itself.
    expect(await ask("https://127.0.0.1:1/straight")).toContain("ECONNREFUSED");
    expect([proxy.asked, other.asked]).toEqual([["127.0.0.1:1"], []]);
  });
});
