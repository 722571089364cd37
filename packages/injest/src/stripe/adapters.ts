import type Stripe from "stripe";
import type { Source, Stream } from "../source.js";
import type { StreamName } from "./catalog.js";
import { stripeSource, type StripeSourceOptions } from "./stripe-source.js";

export interface ExtractOptions {
  /** Only what was created since then, included. */
  readonly since?: Date;
  /** Only what was created before then. */
  readonly until?: Date;
  readonly signal?: AbortSignal;
}

/**
 * A list of Stripe objects as plain, typed values; each subclass is one endpoint.
 *
 * Connections are opened by the first request and closed when an extraction ends. Each extraction keeps Stripe's limits by itself:
 * several at once share them by `share`, or are streams of one `stripeSource`, which share one limiter.
 */
abstract class StripeObjectsStream<R> {
  readonly #options: StripeSourceOptions;
  readonly #name: StreamName;

  constructor(name: StreamName, options: StripeSourceOptions) {
    this.#name = name;
    this.#options = options;
  }

  /**
   * Yields each object once, whole, in no order; all items of nested lists are in it. Lazy: nothing is sent before the
   * first is asked for. Throws `SourceError`.
   */
  async *extract({ since, until, signal }: ExtractOptions = {}): AsyncGenerator<R> {
    const source: Source = stripeSource(this.#options);
    try {
      const stream = source.streams[this.#name] as Stream<R>;
      // Without a bound it is a window all the same: it does not go on with what changed while it was listed.
      const window = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
      for await (const batch of stream.read({ window, ...(signal && { signal }) })) {
        for (const change of batch.changes) if (change.op === "upsert") yield change.record.parse();
      }
    } finally {
      await source.close();
    }
  }
}

export class StripeCustomersStream extends StripeObjectsStream<Stripe.Customer> {
  constructor(options: StripeSourceOptions) {
    super("customers", options);
  }
}

export class StripeInvoicesStream extends StripeObjectsStream<Stripe.Invoice> {
  constructor(options: StripeSourceOptions) {
    super("invoices", options);
  }
}

export class StripePaymentIntentsStream extends StripeObjectsStream<Stripe.PaymentIntent> {
  constructor(options: StripeSourceOptions) {
    super("payment_intents", options);
  }
}

export class StripeRefundsStream extends StripeObjectsStream<Stripe.Refund> {
  constructor(options: StripeSourceOptions) {
    super("refunds", options);
  }
}
