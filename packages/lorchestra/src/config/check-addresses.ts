import type { ConfigProblem } from "./problem.js";
import { decoded } from "./decoded.js";

/** Checks the addresses that come from the environment; `found` says where a variable was found, and how it is written there. No value is shown: it may hold a password. */
export function checkAddresses(
  environment: Readonly<Record<string, string | undefined>>,
  found: (name: string) => { readonly source: string; readonly path: string },
): ConfigProblem[] {
  return CHECKS.flatMap(({ name, isRight, message }) => {
    const value = environment[name];
    if (value === undefined || isRight(value)) return [];
    return [{ ...found(name), line: null, column: null, message }];
  });
}

const CHECKS: readonly { name: string; isRight: (value: string) => boolean; message: string }[] = [
  {
    name: "STRIPE_API_BASE",
    isRight: isSafeBase,
    message:
      "expected an address such as https://api.stripe.com; plain http goes to this machine only, as http://127.0.0.1:12111",
  },
  {
    name: "HTTPS_PROXY",
    isRight: isProxy,
    message:
      "expected a proxy's address, such as http://proxy.example:3128; in a user or password each of %/@:?# is written as %25, %2F and so on",
  },
  {
    name: "BIGQUERY_EMULATOR_HOST",
    isRight: (value) => isHttpUrl(value.includes("://") ? value : `http://${value}`),
    message: "expected host:port, such as 127.0.0.1:9050",
  },
];

function isHttpUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== "";
}

/** User and password are decoded where they are used, which fails for a percent sign by itself. */
function isProxy(value: string): boolean {
  if (!isHttpUrl(value)) return false;
  const { username, password } = new URL(value);
  return decoded(username) !== null && decoded(password) !== null;
}

/** The key travels in a header: only TLS, or a way that never leaves the machine, may carry it. */
function isSafeBase(value: string): boolean {
  if (!isHttpUrl(value)) return false;
  const url = new URL(value);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  return (
    url.protocol === "https:" ||
    url.hostname === "localhost" ||
    url.hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(url.hostname)
  );
}
