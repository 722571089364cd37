import type { errors as undiciErrors } from "undici";
import { TransportError, type TransportReason } from "./transport-error.js";
import { errors } from "./undici.js";

/** How far an attempt had come when it failed, and through what. */
export interface Progress {
  readonly requestSent: boolean;
  readonly headersReceived: boolean;
  readonly throughProxy: boolean;
}

/** Turns an error of undici or Node into a `TransportError`: from its code and the attempt's progress, never its text. */
export function classifyFailure(error: unknown, progress: Progress): TransportError {
  const errorCode = codeOf(error);
  const reason = error instanceof errors.HTTPParserError ? reasonOfParser(error) : reasonOf(errorCode, progress);
  return new TransportError(reason, { errorCode, requestSent: progress.requestSent });
}

/** These have no code. One without bytes that broke the rules is about those that did not come. */
function reasonOfParser(error: undiciErrors.HTTPParserError): TransportReason {
  return "data" in error && error.data === "" ? "truncated" : "protocol";
}

function reasonOf(code: string | null, progress: Progress): TransportReason {
  if (code === null) return "protocol";
  const known = REASONS[code] ?? reasonOfTls(code);
  // Behind a proxy, the only host that this machine itself looks up and connects to is the proxy.
  if (progress.throughProxy && !progress.requestSent && (known === undefined || PROXY_FAULTS.has(known))) {
    return "proxy";
  }
  if (known === "reset" && progress.headersReceived) return "truncated";
  if (known !== undefined) return known;
  return progress.requestSent ? "reset" : "refused";
}

/**
 * What OpenSSL says of a connection is of two kinds: that the other side speaks no TLS, or none that this one does, and
 * that what came was damaged or broken off, as any connection may be.
 */
function reasonOfTls(code: string): TransportReason | undefined {
  if (CERTIFICATE_CODE.test(code)) return "certificate";
  if (NO_COMMON_TLS.test(code)) return "tls";
  return code.startsWith("ERR_SSL_") ? "reset" : undefined;
}

const PROXY_FAULTS: ReadonlySet<TransportReason> = new Set(["refused", "dns", "reset"]);

const REASONS: Readonly<Record<string, TransportReason>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  EHOSTDOWN: "refused",
  ENETUNREACH: "refused",
  ENETDOWN: "refused",
  EADDRNOTAVAIL: "refused",
  EACCES: "refused",
  EPERM: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  UND_ERR_SOCKET: "reset",
  UND_ERR_INFO: "reset",
  UND_ERR_ABORTED: "reset",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "truncated",
  UND_ERR_HEADERS_OVERFLOW: "protocol",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "too-large",
  // The one thing that undici wraps so is a certificate of another name.
  UND_ERR_PRX_TLS: "certificate",
  ERR_TLS_HANDSHAKE_TIMEOUT: "timeout",
  UND_ERR_DESTROYED: "closed",
  UND_ERR_CLOSED: "closed",
  EPROTO: "tls",
};

// OpenSSL's names for certificates that do not verify have no common prefix. https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
const CERTIFICATE_CODE =
  /^(?:ERR_TLS_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|SELF_SIGNED_|DEPTH_ZERO_|(?:HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$)/;

/** An answer in plain text, an alert about the version, no cipher in common, no such host. */
const NO_COMMON_TLS =
  /^ERR_SSL_(?:WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|UNSUPPORTED_PROTOCOL|\w*_ALERT_PROTOCOL_VERSION|\w*_ALERT_HANDSHAKE_FAILURE|\w*_UNRECOGNIZED_NAME)$/;

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
