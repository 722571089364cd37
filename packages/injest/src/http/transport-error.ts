/**
 * Why no usable response came.
 *
 * `closed`: the client was closed, which no retry cures; nor does one cure a `certificate`. `tls` says that the other side speaks
 * none, or none in common, which passes only where it did before. All others may pass, except that `proxy` seldom does and
 * `too-large` asks for a smaller response.
 */
export type TransportReason =
  | "timeout"
  | "refused"
  | "dns"
  | "reset"
  | "truncated"
  | "certificate"
  | "tls"
  | "proxy"
  | "protocol"
  | "too-large"
  | "closed";

/**
 * One attempt ended without a whole response.
 *
 * Carries no `cause`: undici's parser errors hold bytes of the response, and Node's TLS errors hold certificates.
 */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly reason: TransportReason;
  /** The error code of Node or undici, such as `ECONNRESET`; null where there was none. */
  readonly errorCode: string | null;
  /** False when the request cannot have reached the server, so that it did not count there. */
  readonly requestSent: boolean;

  constructor(reason: TransportReason, facts: { errorCode?: string | null; requestSent: boolean }) {
    const errorCode = facts.errorCode ?? null;
    super(errorCode === null ? SENTENCES[reason] : `${SENTENCES[reason]} (${errorCode})`);
    this.reason = reason;
    this.errorCode = errorCode;
    this.requestSent = facts.requestSent;
  }
}

const SENTENCES: Record<TransportReason, string> = {
  timeout: "no whole response within the deadline",
  refused: "the connection was refused or the host cannot be reached",
  dns: "the host name could not be resolved",
  reset: "the connection was closed before a response",
  truncated: "the connection ended amid the response",
  certificate: "the certificate is not one to trust",
  tls: "no secure connection could be made",
  proxy: "the proxy did not make a connection",
  protocol: "the answer is not valid HTTP",
  "too-large": "the response is larger than allowed",
  closed: "the client was closed",
};
