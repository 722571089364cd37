import type { ServerResponse } from "node:http";
import type { ApiRequest } from "../api/api-request.js";
import type { Endpoint } from "../api/endpoints.js";
import type { ApiKey } from "../api/key-ring.js";
import type { Page } from "../api/page.js";
import type { SandboxClock } from "../clock.js";

/** How a fault is played: what it does at each step of answering a request. */
export interface FaultPlay {
  /** Before the request is looked at: changes the account. */
  before?(scene: Scene): void;
  /** Answers in the endpoint's place, by throwing a StripeError or returning the whole answer. */
  instead?(): InsteadOfAnswer;
  /** Changes the request before the endpoint sees it. */
  request?(request: ApiRequest): ApiRequest;
  /** Changes a page; not called for single objects. */
  page?(page: Page, request: ApiRequest, endpoint: Endpoint): Page;
  /** Changes the body's text. */
  body?(text: string): string;
  readonly contentType?: string;
  /** Sends the answer in another way than whole and at once. */
  send?(sending: Sending): Promise<void>;
}

/** Who asks for what, before anything is checked. */
export interface Scene {
  /** Undefined when the request brings none that is known. */
  readonly key: ApiKey | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly cursor: string | undefined;
}

export interface InsteadOfAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

export interface Sending {
  readonly outgoing: ServerResponse;
  readonly clock: SandboxClock;
  readonly body: Buffer;
  /** Writes status and headers. */
  readonly writeHead: () => void;
  /** Refuses new connections for a while. */
  readonly refuseFor: (ms: number) => void;
  /** Aborted when the client goes away or the sandbox closes. */
  readonly signal: AbortSignal;
}
