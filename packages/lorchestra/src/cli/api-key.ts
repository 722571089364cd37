import type { ConnectionSettings } from "../config/project.js";
import type { Settings } from "../config/settings.js";
import { LorchestraError } from "../errors.js";
import type { Redactor } from "./redactor.js";

/** The key of a connection, from the variable that the configuration names; known to the redactor from here on. Throws KEY_MISSING. */
export function readApiKey(connection: ConnectionSettings, settings: Settings, redactor: Redactor): string {
  const { apiKeyEnv: variable, name } = connection;
  const key = settings.environment[variable]?.trim();
  if (key === undefined)
    throw new LorchestraError("KEY_MISSING", `no key for ${name}: ${variable} is not set`, {
      hint: `Put ${variable}=… into ${settings.directory}/.env or into the environment; a restricted key (rk_live_…) that may read is enough.`,
      facts: { connection: name, variable },
    });
  redactor.add(key);
  if (/^\$\{?\w/.test(key))
    throw wrongKey(connection, "holds a reference to another variable, which nothing puts in its place");
  // It travels in a header, which takes no other character; a line break is what a file read by mistake looks like.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw wrongKey(connection, "holds a character that no key has, such as a space or a line break");
  const other = OTHERS.find(({ begins }) => key.startsWith(begins));
  if (other !== undefined) throw wrongKey(connection, `holds ${other.what} (${other.begins}…), which can read nothing`);
  return key;
}

/** What stands beside the key in Stripe's dashboard, and is copied in its place. It would be sent to Stripe for nothing. */
const OTHERS: readonly { begins: string; what: string }[] = [
  { begins: "pk_", what: "a publishable key" },
  { begins: "whsec_", what: "a webhook's signing secret" },
  { begins: "ek_", what: "an ephemeral key" },
  { begins: "acct_", what: "the id of an account" },
];

function wrongKey({ name, apiKeyEnv }: ConnectionSettings, why: string): LorchestraError {
  return new LorchestraError("KEY_MISSING", `no usable key for ${name}: ${apiKeyEnv} ${why}`, {
    hint: "Copy the secret or restricted key (sk_… or rk_…) again from https://dashboard.stripe.com/apikeys.",
    facts: { connection: name, variable: apiKeyEnv },
  });
}

/** Whose money a key is about, as its prefix says: https://docs.stripe.com/keys */
export function modeOfKey(key: string): "live" | "test" | null {
  return /^[sr]k_live_/.test(key) ? "live" : /^[sr]k_test_/.test(key) ? "test" : null;
}
