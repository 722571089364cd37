import type { gaxios } from "google-auth-library";

/**
 * Sends requests of Google's client, those for tokens too, through the proxy that `proxyFor` says. By itself the client reads the
 * process's variables only, which lack those of `.env`, and takes HTTP_PROXY for https as well.
 */
export function proxiedRequests(Gaxios: typeof gaxios.Gaxios, proxyFor: (url: string) => string | null): gaxios.Gaxios {
  class ProxiedGaxios extends Gaxios {
    override request<T>(options: gaxios.GaxiosOptions = {}): gaxios.GaxiosPromise<T> {
      const proxy = proxyFor(String(options.url));
      return super.request<T>({ ...options, ...(proxy === null ? { noProxy: [ANY] } : { proxy }) });
    }
  }
  return new ProxiedGaxios();
}

const ANY = /^/;
