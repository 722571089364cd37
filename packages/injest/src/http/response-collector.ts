import type { Dispatcher } from "undici";
import type { Clock } from "../clock.js";
import { classifyFailure } from "./classify-failure.js";
import { decodeBody, isDecodable } from "./decode-body.js";
import { TransportError, type TransportReason } from "./transport-error.js";

/** A whole response. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; the values of a repeated header are joined with ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Of the clock's `monotonicMs`, just before the request was written to its connection. */
  readonly sentMs: number;
  /** Of the clock's `monotonicMs`, after the last byte. */
  readonly receivedMs: number;
}

export interface CollectorOptions {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  readonly throughProxy: boolean;
  /** The request is being written to its connection. */
  readonly onSent: (() => void) | undefined;
  readonly onResponse: (response: HttpResponse) => void;
  readonly onFailure: (failure: Error) => void;
}

/**
 * Gathers one response from undici's callbacks, and reports it or its failure exactly once.
 *
 * A failure may come from outside at any time, also before undici has a connection for the request: it is then refused
 * as soon as its turn comes, and nothing is sent.
 */
export class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly #options: CollectorOptions;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #failure: Error | null = null;
  #isSettled = false;
  #status = 0;
  #headers: HttpResponse["headers"] = {};
  #bodyBytes = 0;
  #sentMs = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  get requestSent(): boolean {
    return this.#controller !== null;
  }

  /** Ends the attempt with this failure, unless it has ended. */
  fail(failure: Error): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#failure = failure;
    this.#options.onFailure(failure);
    this.#controller?.abort(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#failure !== null) return controller.abort(this.#failure);
    this.#controller = controller;
    this.#sentMs = this.#options.clock.monotonicMs();
    this.#options.onSent?.();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Informational responses come before the real one.
    if (status < 200) return;
    this.#status = status;
    this.#headers = joinRepeated(headers);
    if (Number(this.#headers["content-length"] ?? 0) > this.#options.maxBodyBytes) this.#refuse("too-large");
    if (!isDecodable(this.#headers["content-encoding"] ?? "identity")) this.#refuse("protocol");
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.maxBodyBytes) return this.#refuse("too-large");
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isSettled) return;
    const [only, ...more] = this.#chunks;
    const body = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks, this.#bodyBytes);
    const receivedMs = this.#options.clock.monotonicMs();
    const encoding = this.#headers["content-encoding"];
    if (encoding === undefined) return this.#finish(body, receivedMs);
    // None was asked for, which leaves the other side free to choose one.
    void decodeBody(body, encoding, this.#options.maxBodyBytes).then((decoded) =>
      typeof decoded === "string" ? this.#refuse(decoded) : this.#finish(decoded, receivedMs),
    );
  }

  #finish(body: Buffer, receivedMs: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.onResponse({
      status: this.#status,
      headers: this.#headers,
      body,
      sentMs: this.#sentMs,
      receivedMs,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(
      classifyFailure(error, {
        requestSent: this.requestSent,
        headersReceived: this.#status !== 0,
        throughProxy: this.#options.throughProxy,
      }),
    );
  }

  #refuse(reason: TransportReason): void {
    this.fail(new TransportError(reason, { requestSent: true }));
  }
}

function joinRepeated(headers: Record<string, string | string[] | undefined>): HttpResponse["headers"] {
  const joined: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    joined[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return joined;
}
