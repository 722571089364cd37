import { looksLikeSecret } from "./secret-shapes.js";

/**
 * A setting of `lorchestra.yaml`, described as data: the parser and its messages follow from these tables. `docs/configuration.md`
 * is written by hand, and a test fails until it has each of them.
 */
export interface Field {
  /** What the value has to be, for "expected …". */
  readonly expects: string;
  readonly accepts: (value: unknown) => boolean;
  readonly required?: true;
}

export const PROJECT_FIELDS = {
  warehouse: { expects: "an address such as duckdb:./lorchestra.duckdb", accepts: isText },
  warehouse_options: { expects: "a mapping of options of the warehouse", accepts: isMapping },
  connections: { expects: "a mapping of connections by name", accepts: isMapping },
  jobs: { expects: "a list of modules, such as ./jobs/count.js", accepts: isTextList },
  sweep_days: { expects: "a whole number of days from 1 to 365", accepts: isWholeNumber(1, 365) },
} as const satisfies Record<string, Field>;

export const CONNECTION_FIELDS = {
  identity: {
    expects: "provider:account, such as stripe:mensio",
    accepts: matches(/^[a-z][a-z0-9_-]{0,62}:[A-Za-z0-9][A-Za-z0-9_.-]{0,126}$/),
  },
  provider: { expects: "the name of a provider", accepts: isText, required: true },
  description: { expects: "a text", accepts: (value) => typeof value === "string" },
  api_key_env: {
    expects: "the NAME of an environment variable, such as STRIPE_API_KEY",
    accepts: (value) => matches(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)(value) && !looksLikeSecret(String(value)),
    required: true,
  },
  api_version: { expects: "a version of Stripe's API, such as 2026-10-28.endive", accepts: isApiVersion },
  attempt_timeout_s: { expects: "seconds, more than 0 and at most 3600", accepts: isSeconds },
  request_timeout_s: { expects: "seconds, more than 0 and at most 3600", accepts: isSeconds },
  max_rate: { expects: "requests a second, or a share of the limit such as 80%", accepts: isRate },
} as const satisfies Record<string, Field>;

/** Settings that people write a key into; the message tells them where it belongs and never shows the value. */
export const SECRET_FIELDS: readonly string[] = [
  "api_key",
  "apikey",
  "key",
  "secret",
  "secret_key",
  "token",
  "password",
];

export const PROVIDERS: readonly string[] = ["stripe"];

/** Part of every row's key, between colons; and typed by hand after --connection. */
export const CONNECTION_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Requests a second, or a share of the limit; of the file as of `--max-rate`. */
export function isRate(value: unknown): boolean {
  if (typeof value === "number") return value > 0 && value <= 10_000;
  if (typeof value !== "string") return false;
  const share = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(value)?.[1];
  return share !== undefined && Number(share) > 0 && Number(share) <= 100;
}

function isSeconds(value: unknown): boolean {
  return typeof value === "number" && value > 0 && value <= 3_600;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isWholeNumber(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** Dated, with a release name since 2024: https://docs.stripe.com/api/versioning */
function isApiVersion(value: unknown): boolean {
  return matches(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/)(value);
}

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === "string" && pattern.test(value);
}
