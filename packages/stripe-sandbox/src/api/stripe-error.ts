/** What stands in `error` of a refusal, as far as it depends on the cause. */
export interface StripeErrorFields {
  readonly message: string;
  /** Default: `invalid_request_error`. */
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

/** A refusal in Stripe's form: https://docs.stripe.com/api/errors */
export class StripeError extends Error {
  readonly status: number;
  readonly fields: StripeErrorFields;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, fields: StripeErrorFields, headers: Readonly<Record<string, string>> = {}) {
    super(fields.message);
    this.name = "StripeError";
    this.status = status;
    this.fields = fields;
    this.headers = headers;
  }
}

export function stripeError(
  status: number,
  fields: StripeErrorFields,
  headers?: Readonly<Record<string, string>>,
): StripeError {
  return new StripeError(status, fields, headers);
}

/** The body of a refusal; the log's address and the documentation's are part of it. */
export function errorBody(fields: StripeErrorFields, requestId: string, nowMs: number): object {
  const { code, message, param, type = "invalid_request_error" } = fields;
  return {
    error: {
      ...(code === undefined
        ? {}
        : { code, doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll("_", "-")}` }),
      message,
      ...(param === undefined ? {} : { param }),
      request_log_url: `https://dashboard.stripe.com/logs/${requestId}?t=${Math.floor(nowMs / 1000)}`,
      type,
    },
  };
}

/** The refusal of an id that does not exist: 404 in a path, 400 in a parameter. */
export function noSuch(status: 400 | 404, objectType: string, id: string, param: string): StripeError {
  return stripeError(status, { code: "resource_missing", message: `No such ${objectType}: '${id}'`, param });
}
