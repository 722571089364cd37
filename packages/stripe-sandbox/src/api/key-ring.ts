import { randomLetters } from "../ids.js";
import type { Random } from "../random.js";
import { stripeError } from "./stripe-error.js";
import type { AccountStore } from "../store/account-store.js";

/** An API key and what it opens. */
export interface ApiKey {
  readonly text: string;
  readonly account: AccountStore;
  /** Names such as `invoice_read`; "all" for a secret key. */
  permissions: "all" | Set<string>;
  isRevoked: boolean;
}

/** The keys of all accounts of a sandbox: https://docs.stripe.com/keys */
export interface KeyRing {
  /** Makes a key: `sk_…` with all permissions, or `rk_…` with those given. */
  add(account: AccountStore, permissions: "all" | Iterable<string>, text?: string): ApiKey;
  /** Throws a RangeError for a key that is not of this sandbox. */
  find(text: string): ApiKey;
  /** Whose key a request brings. Throws the 401 that Stripe answers. */
  authenticate(authorization: string | undefined): ApiKey;
  all(): readonly ApiKey[];
}

export function createKeyRing(random: Random): KeyRing {
  const keys = new Map<string, ApiKey>();
  return {
    add(account, permissions, text) {
      const mode = account.livemode ? "live" : "test";
      const kind = permissions === "all" ? "sk" : "rk";
      const key: ApiKey = {
        text: text ?? `${kind}_${mode}_51${account.id.slice(6)}${randomLetters(random, 40)}`,
        account,
        permissions: permissions === "all" ? "all" : new Set(permissions),
        isRevoked: false,
      };
      keys.set(key.text, key);
      return key;
    },
    find(text) {
      const key = keys.get(text);
      if (key === undefined) throw new RangeError("the sandbox has no such key");
      return key;
    },
    authenticate(authorization) {
      const text = keyIn(authorization);
      if (text === "") throw unauthorized(MISSING);
      const key = keys.get(text);
      if (key === undefined) throw unauthorized(`Invalid API Key provided: ${masked(text)}`);
      if (key.isRevoked) throw unauthorized(`Expired API Key provided: ${masked(text)}`, "api_key_expired");
      return key;
    },
    all: () => [...keys.values()],
  };
}

const MISSING =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth " +
  "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we " +
  "can help at https://support.stripe.com/.";

function keyIn(authorization = ""): string {
  const [scheme = "", credentials = ""] = authorization.trim().split(/\s+/, 2);
  if (scheme.toLowerCase() === "bearer") return credentials;
  if (scheme.toLowerCase() !== "basic") return "";
  return Buffer.from(credentials, "base64").toString("utf8").split(":")[0] ?? "";
}

function unauthorized(message: string, code?: string): Error {
  const fields = { message, ...(code === undefined ? {} : { code }) };
  return stripeError(401, fields, { "WWW-Authenticate": 'Basic realm="Stripe"' });
}

/** Stripe shows the kind and mode of a key and its last characters. */
export function masked(key: string): string {
  const start = /^[a-z]{2}_(?:test|live)_/.exec(key)?.[0] ?? key.slice(0, 3);
  const end = key.length > start.length + 4 ? key.slice(-4) : "";
  return start + "*".repeat(Math.max(0, key.length - start.length - end.length)) + end;
}
