import { createRequire } from "node:module";
import type { errors as Errors, Pool as PoolClass, ProxyAgent as ProxyAgentClass } from "undici";

const require = createRequire(import.meta.url);

/**
 * What is used of undici. Its index also loads fetch, WebSocket, caches and mocks: 60 ms of every start that its parts
 * by themselves do not take. Where they lie is not promised, so package.json lets no minor version in untested.
 */
export const Pool = require("undici/lib/dispatcher/pool.js") as typeof PoolClass;

export const errors = require("undici/lib/core/errors.js") as typeof Errors;

/** Only where there is a proxy: it works on what nothing but the index puts together. */
export function proxyAgentClass(): typeof ProxyAgentClass {
  return (require("undici") as { ProxyAgent: typeof ProxyAgentClass }).ProxyAgent;
}
