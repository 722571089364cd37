import { describe, expect, it } from "vitest";
import { proxyFor } from "../src/proxy-for.js";

const PROXY = "http://proxy.example:3128";
const STRIPE = "https://api.stripe.com/v1/charges";

describe("the proxy of a request", () => {
  it("is that of HTTPS_PROXY for https, and none for what stays on this machine in plain http", () => {
    expect(proxyFor(STRIPE, { HTTPS_PROXY: PROXY })).toBe(PROXY);
    expect(proxyFor("https://127.0.0.1:8443", { HTTPS_PROXY: PROXY })).toBe(PROXY);
    expect(proxyFor("http://127.0.0.1:12111", { HTTPS_PROXY: PROXY })).toBeNull();
    expect(proxyFor(STRIPE, { HTTP_PROXY: PROXY })).toBeNull();
    expect(proxyFor(STRIPE, {})).toBeNull();
  });

  it.each([
    ["*", STRIPE, true],
    ["api.stripe.com", STRIPE, true],
    ["API.Stripe.COM", STRIPE, true],
    ["stripe.com", STRIPE, true],
    [".stripe.com", STRIPE, true],
    ["*.stripe.com", STRIPE, true],
    ["localhost, stripe.com", STRIPE, true],
    ["localhost stripe.com", STRIPE, true],
    ["stripe.com:443", STRIPE, true],
    ["stripe.com:8443", STRIPE, false],
    ["stripe.com:8443", "https://api.stripe.com:8443", true],
    ["pi.stripe.com", STRIPE, false],
    ["com.stripe", STRIPE, false],
    ["stripe.com.example", STRIPE, false],
    ["", STRIPE, false],
    [" , ", STRIPE, false],
    ["10.1.2.3", "https://10.1.2.3", true],
    ["2.3", "https://10.1.2.3", false],
    ["::1", "https://[::1]", true],
    ["[::1]:8443", "https://[::1]:8443", true],
    ["[::1]:8443", "https://[::1]", false],
  ])("is none where NO_PROXY=%s names the host: %s (%s)", (exempt, url, isExempt) => {
    expect(proxyFor(url, { HTTPS_PROXY: PROXY, NO_PROXY: exempt })).toBe(isExempt ? null : PROXY);
  });
});
