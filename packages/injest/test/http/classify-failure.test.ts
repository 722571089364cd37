import { describe, expect, it } from "vitest";
import { classifyFailure } from "../../src/http/classify-failure.js";

const beforeSending = { requestSent: false, headersReceived: false, throughProxy: false };

describe("the classification of failures", () => {
  it.each([
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["ECONNREFUSED", "refused"],
    ["EHOSTUNREACH", "refused"],
    ["ENETUNREACH", "refused"],
    ["ETIMEDOUT", "timeout"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
    ["ECONNRESET", "reset"],
    ["EPIPE", "reset"],
    ["CERT_HAS_EXPIRED", "certificate"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "certificate"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate"],
    ["ERR_TLS_HANDSHAKE_TIMEOUT", "timeout"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "tls"],
    ["EPROTO", "tls"],
    // A byte that was changed on the way, and alerts of one server of many.
    ["ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "reset"],
    ["ERR_SSL_NOT_ON_RECORD_BOUNDARY", "reset"],
    ["ERR_SSL_UNEXPECTED_MESSAGE", "reset"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "reset"],
    ["ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC", "reset"],
    ["SOME_CODE_OF_TOMORROW", "refused"],
  ])("takes %s for %s", (code, reason) => {
    expect(classifyFailure(Object.assign(new Error("boom"), { code }), beforeSending)).toMatchObject({
      reason,
      errorCode: code,
      requestSent: false,
    });
  });

  it.each([
    ["ENOTFOUND", "proxy"],
    ["ECONNRESET", "proxy"],
    ["UND_ERR_ABORTED", "proxy"],
    ["CERT_HAS_EXPIRED", "certificate"],
    ["UND_ERR_PRX_TLS", "certificate"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", "proxy"],
    ["UND_ERR_DESTROYED", "closed"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
  ])("takes %s for %s while a proxy makes the connection", (code, reason) => {
    const error = Object.assign(new Error("boom"), { code });
    expect(classifyFailure(error, { ...beforeSending, throughProxy: true }).reason).toBe(reason);
  });

  it("looks at no error's text", () => {
    expect(classifyFailure(new Error("ECONNRESET sk_test_123"), beforeSending)).toMatchObject({
      reason: "protocol",
      errorCode: null,
    });
    expect(classifyFailure("ECONNRESET", beforeSending).message).not.toContain("ECONNRESET");
  });
});
