import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { BigQuery, BigQueryOptions } from "@google-cloud/bigquery";
import type { gaxios, GoogleAuth, GoogleAuthOptions } from "google-auth-library";
import { untilAborted } from "../../../until-aborted.js";
import { ApiError, errorOfResponse } from "./api-error.js";
import type { Place } from "../address.js";
import { proxiedRequests } from "./proxied-requests.js";

/** One HTTP request to BigQuery. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `projects/{project}/`, such as "datasets/events_dev/tables". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  /** A file that follows `json` in a multipart upload. */
  readonly filePath?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A dry run: its error may be told in BigQuery's words. Default: false. */
  readonly readsNoRow?: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly body: unknown;
  /** The server's clock, in ms; null where the answer carries none. */
  readonly serverNowMs: number | null;
}

/** Sends one request once. Throws `ApiError`, or the signal's reason when the caller has aborted. */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>;

/**
 * Opens the way to BigQuery: the official client's credentials and connections, one request at a time.
 *
 * The client's own calls are not used: they retry by HTTP status without a deadline, none can be aborted, and
 * `createLoadJob` cannot label a job. The client also reads BIGQUERY_EMULATOR_HOST itself and then forgets /bigquery/v2;
 * absolute URLs keep that variable out of play.
 */
export async function openTransport(place: Place): Promise<Transport> {
  const [{ BigQuery }, { GoogleAuth, PassThroughClient, gaxios }] = await Promise.all([
    import("@google-cloud/bigquery"),
    import("google-auth-library"),
  ]);
  const { projectId, emulatorOrigin } = place;
  const transporter = proxiedRequests(gaxios.Gaxios, place.proxyFor);
  const client =
    emulatorOrigin === null
      ? new BigQuery({ projectId, authClient: anyClient(new GoogleAuth(authOptions(place, transporter))) })
      : new BigQuery({ projectId, apiEndpoint: emulatorOrigin, authClient: new PassThroughClient({ transporter }) });
  const origin = emulatorOrigin ?? `https://bigquery.${client.universeDomain}`;
  let checked: Promise<void> | undefined;
  const credentialsOf = async (): Promise<Credentials> => {
    if (place.keyFile !== null) await (checked ??= checkKeyFile(place.keyFile));
    return await authClientOf(client);
  };
  return (request) => send(credentialsOf, origin, place, request);
}

function authOptions({ projectId, keyFile }: Place, transporter: gaxios.Gaxios): GoogleAuthOptions {
  return {
    projectId,
    scopes: "https://www.googleapis.com/auth/bigquery",
    clientOptions: { transporter },
    ...(keyFile === null ? {} : { keyFilename: keyFile }),
  };
}

/** BigQuery takes it for what finds the credentials (`ServiceOptions` of @google-cloud/common), which its own types do not say. */
function anyClient(auth: GoogleAuth): NonNullable<BigQueryOptions["authClient"]> {
  return auth as unknown as NonNullable<BigQueryOptions["authClient"]>;
}

async function send(
  credentialsOf: () => Promise<Credentials>,
  origin: string,
  place: Place,
  request: ApiRequest,
): Promise<ApiAnswer> {
  const { signal, timeoutMs } = request;
  signal?.throwIfAborted();
  // One deadline over credentials, sending and reading; gaxios's own `timeout` starts anew with each of these.
  const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const url = urlOf(origin, place.projectId, request);
  try {
    const credentials = await untilAborted(either, credentialsOf());
    // By itself the signal ends this request, and not the one for a token before it.
    const response = await untilAborted(
      either,
      credentials.request<string>({
        url,
        method: request.method,
        headers: { ...headersOf(request) },
        ...bodyOf(request),
        responseType: "text",
        signal: either,
        retry: false,
        validateStatus: () => true,
      }),
    );
    const body = parseBody(response.data);
    if (response.status >= 300) {
      if (response.status < 500 && isOfProxy(place, url, body)) throw refusedByProxy(response.status);
      throw errorOfResponse(response.status, body, { readNoRow: request.readsNoRow ?? false });
    }
    // Only a DELETE may be answered by nothing: of a read it would say that nothing is there.
    if (body === undefined || (body === null && request.method !== "DELETE"))
      throw new ApiError("unreachable", "the answer is no JSON", { status: response.status });
    const date = Date.parse(response.headers.get("date") ?? "");
    return { body, serverNowMs: Number.isNaN(date) ? null : date };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    signal?.throwIfAborted();
    if (deadline.aborted) throw new ApiError("timeout", `no answer within ${timeoutMs} ms`, { cause: error });
    throw failureOf(error, place);
  }
}

type Credentials = Awaited<ReturnType<BigQuery["authClient"]["getClient"]>>;

async function authClientOf(client: BigQuery): Promise<Credentials> {
  try {
    return await client.authClient.getClient();
  } catch (error) {
    // A parser quotes the file, which holds a key.
    const cause = error instanceof SyntaxError ? undefined : error;
    throw new ApiError("noCredentials", "no credentials for Google Cloud were found", { cause });
  }
}

/** The client takes a file that is no JSON for a certificate, and goes on until Google knows no such account. */
async function checkKeyFile(path: string): Promise<void> {
  const trouble = await readFile(path, "utf8").then(
    (text) => (hasCredentials(text) ? null : "holds no credentials of Google's"),
    (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" || error.code === "ENOTDIR" ? "does not exist" : `cannot be read (${error.code})`,
  );
  if (trouble === null) return;
  throw new ApiError("noCredentials", `GOOGLE_APPLICATION_CREDENTIALS names ${path}, which ${trouble}`);
}

function hasCredentials(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { type?: unknown } | null)?.type === "string";
  } catch {
    // What the parser quotes of it may be the key.
    return false;
  }
}

/** Failures between here and an answer: of the token service where it answered, else of the network. */
function failureOf(error: unknown, place: Place): ApiError {
  const { response, config } = (error ?? {}) as {
    response?: { status?: number; data?: unknown };
    config?: { url?: unknown };
  };
  if (response?.status !== undefined && response.status >= 400 && response.status < 500) {
    const { status, data } = response;
    const body = typeof data === "string" ? parseBody(data) : data;
    if (isOfProxy(place, String(config?.url), body)) return refusedByProxy(status, error);
    return new ApiError("noCredentials", "Google refused the credentials", { status, cause: error });
  }
  const code = (error as { code?: unknown } | null)?.code;
  // OpenSSL refuses to sign; what it says of a connection begins with ERR_SSL_ or a certificate's fault.
  if (typeof code === "string" && /^ERR_(?:OSSL|CRYPTO)_/.test(code)) {
    return new ApiError("noCredentials", `the private key in the credentials is no key (${code})`, { cause: error });
  }
  const status = response?.status;
  const why = typeof code === "string" ? code : status === undefined ? "no answer" : `HTTP ${status}`;
  return new ApiError("unreachable", `BigQuery cannot be reached (${why})`, { cause: error });
}

/** A tunnel that a proxy refused looks like an answer. Google's own refusals, of tokens too, are JSON with an `error`. */
function isOfProxy(place: Place, url: string, body: unknown): boolean {
  const isGoogles = typeof body === "object" && body !== null && "error" in body;
  return !isGoogles && URL.canParse(url) && place.proxyFor(url) !== null;
}

function refusedByProxy(status: number, cause?: unknown): ApiError {
  return new ApiError("unreachable", `the proxy made no connection (HTTP ${status})`, { status, cause });
}

function urlOf(origin: string, projectId: string, request: ApiRequest): string {
  const isUpload = request.filePath !== undefined;
  const url = new URL(`${isUpload ? "/upload" : ""}/bigquery/v2/projects/${projectId}/${request.path}`, origin);
  url.searchParams.set("prettyPrint", "false");
  if (isUpload) url.searchParams.set("uploadType", "multipart");
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** Marks the two parts of an upload. Never part of a line of JSON: those start with "{". */
const BOUNDARY = "lorchestra_upload_boundary";

function headersOf(request: ApiRequest): Record<string, string> {
  const agent = { "user-agent": "lorchestra", ...request.headers };
  if (request.filePath !== undefined) return { ...agent, "content-type": `multipart/related; boundary=${BOUNDARY}` };
  return request.json === undefined ? agent : { ...agent, "content-type": "application/json" };
}

function bodyOf(request: ApiRequest): { data?: string | Readable } {
  if (request.filePath !== undefined) return { data: Readable.from(multipart(request.json, request.filePath)) };
  return request.json === undefined ? {} : { data: JSON.stringify(request.json) };
}

async function* multipart(metadata: unknown, filePath: string): AsyncGenerator<Buffer> {
  const head = `--${BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`;
  yield Buffer.from(`${head}--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\r\n`);
  yield* createReadStream(filePath, { highWaterMark: 256 * 1024 });
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

/** Undefined for a text that is no JSON; an empty answer is null. */
function parseBody(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A proxy's page: its status and this absence say all there is to say.
    return undefined;
  }
}
