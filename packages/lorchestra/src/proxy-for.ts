import { isIP } from "node:net";

/**
 * The proxy that a request goes through, by `HTTPS_PROXY` and `NO_PROXY` as curl takes them
 * (https://everything.curl.dev/usingcurl/proxies/env.html); null where it goes straight. What is not https has none: Stripe and
 * Google are asked by https, and plain http goes to this machine, or to its cloud's.
 */
export function proxyFor(
  address: string,
  { HTTPS_PROXY: proxy, NO_PROXY: exempt = "" }: Readonly<Record<string, string | undefined>>,
): string | null {
  const url = new URL(address);
  return proxy === undefined || url.protocol !== "https:" || isExempt(url, exempt) ? null : proxy;
}

/** `*`, or names and addresses between commas or blanks: a name stands for all below it too, a port for that one only. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  const host = withoutBrackets(hostname);
  return list.split(/[,\s]+/).some((entry) => {
    const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
    if (only !== undefined && only !== (port || "443")) return false;
    const domain = withoutBrackets(name)
      .replace(/^\*?\./, "")
      .toLowerCase();
    return domain === "*" || host === domain || (isIP(host) === 0 && domain !== "" && host.endsWith(`.${domain}`));
  });
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
