/** What is read of the body of a refusal. https://docs.stripe.com/api/errors */
export interface StripeErrorBody {
  readonly code: string | undefined;
  readonly param: string | undefined;
  /** The permission that the key lacks. */
  readonly permission: string | undefined;
  readonly isPermissionError: boolean;
  readonly isNotEnabled: boolean;
  readonly isVersionError: boolean;
  /** Nothing of Stripe's API is at the path that was asked for. */
  readonly isUnknownPath: boolean;
}

/**
 * Reads a refusal; null for anything else, such as a proxy's page or a body that was cut off.
 *
 * Some causes Stripe tells by nothing but its sentence. What it says is told apart here and nowhere else, and none of it
 * leaves this file but a permission's name: it may quote the key or an object.
 */
export function readErrorBody(body: Buffer): StripeErrorBody | null {
  const error = member(parse(body), "error");
  if (typeof error !== "object" || error === null) return null;
  const sentence = member(error, "message");
  const message = typeof sentence === "string" ? sentence : "";
  const code = word(member(error, "code"));
  const permission = PERMISSION.exec(message)?.[1];
  const isPermissionError =
    code === "more_permissions_required" || permission !== undefined || LACKS_PERMISSION.test(message);
  return {
    code,
    param: word(member(error, "param")),
    permission,
    isPermissionError,
    isNotEnabled: !isPermissionError && NOT_ENABLED.some((pattern) => pattern.test(message)),
    isVersionError: /^invalid (stripe )?(api )?version/i.test(message),
    isUnknownPath: /^unrecognized request url\b/i.test(message),
  };
}

/** Whether it began as an object of JSON and is none: asked for again, the refusal may come whole. */
export function isCutShort(body: Buffer): boolean {
  return body.toString("utf8", 0, 20).trimStart().startsWith("{") && parse(body) === undefined;
}

/** Undefined for what is no JSON. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

const PERMISSION = /\b(?:rak_)?([a-z_]+_(?:read|write))\b/;
const LACKS_PERMISSION = /\bdoes not have the required permissions\b|^permission denied\b/i;

/**
 * An account without a product. Stripe has neither one status nor a code for it:
 * - 400 "Your account is not set up to use Issuing. Please visit …"
 * - 404 "Unrecognized request URL (GET: /v1/treasury/…). … (Hint: Have you onboarded to Treasury? …)"
 * - 403 "Only Stripe Connect platforms can work with other accounts. …"
 */
const NOT_ENABLED = [
  /\baccount (?:is not|isn't|has not been) (?:set up|enabled|activated|onboarded|eligible) (?:to use|to access|for|on|to) (?!live\b|test\b)/i,
  /\b(?:not|n't) (?:yet )?(?:been )?(?:enabled|available|supported) (?:for|on|in|to) (?:your|this) (?:stripe )?(?:account|country|region)\b/i,
  /\bhave you onboarded to\b/i,
  /\bonly stripe connect platforms\b/i,
];

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** A code or a parameter's name; anything longer or with other characters is not repeated. */
function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.[\]-]{1,80}$/.test(value) ? value : undefined;
}
