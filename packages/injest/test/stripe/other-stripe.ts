import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface StripeObject {
  readonly id: string;
  readonly object: string;
  readonly created: number | null;
  readonly lines?: { readonly data: readonly StripeObject[]; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Where Stripe's documentation leaves freedom, what this one does with it. */
export interface Liberties {
  /** Items of a page, of as many as were asked for: perhaps fewer although more follow. */
  readonly pageOf?: (limit: number) => number;
  /** How a page token that names nothing is refused, and whether it says which parameter it was. */
  readonly gone?: { readonly status: 400 | 404; readonly param: boolean };
  readonly gzip?: boolean;
  /** Pages of more objects than this are announced as 40 MB. */
  readonly heavierThan?: number;
  /** Reads lists only downwards: refuses `ending_before`. */
  readonly isOneWay?: boolean;
  /** Answers for what it does not have, such as `/v1/account`, with a web page and this status, not in Stripe's words. */
  readonly html?: 404 | 405;
  /** By how much the `Date` of the nth answer is wrong, in milliseconds; by default none is sent. */
  readonly dateOff?: (answer: number) => number;
  /** Refuses a request in its own words. */
  readonly refuses?: (url: URL) => Answer | null;
  /** Called before each request is answered, with its address. */
  readonly before?: (address: string) => void;
}

const TYPES = new Map([
  ["customers", "customer"],
  ["invoices", "invoice"],
  ["payment_intents", "payment_intent"],
  ["refunds", "refund"],
]);
type Answer = readonly [status: number, body: object | string];

/**
 * A second reading of https://docs.stripe.com/api, by hand and short, which shares nothing with the sandbox. It
 * takes no notice of `types[]`, has no `/v1/account`, and orders the objects of a second by no rule that shows.
 */
export class OtherStripe {
  readonly objects = new Map<string, StripeObject>();
  readonly requests: string[] = [];
  readonly #deleted = new Map<string, string>();
  readonly #events: StripeObject[] = [];
  readonly #now: () => number;
  readonly #does: Liberties;
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://stripe");
    this.requests.push(url.pathname + url.search);
    this.#does.before?.(url.pathname + url.search);
    if (Number(url.searchParams.get("limit") ?? 0) > (this.#does.heavierThan ?? Infinity)) {
      return response.writeHead(200, { "content-length": 40_000_000 }).flushHeaders();
    }
    const [status, body] = this.#does.refuses?.(url) ?? this.#answer(url);
    const text = typeof body === "string" ? body : JSON.stringify(body, null, "data" in body ? 1 : "\t");
    response.sendDate = false;
    const offMs = this.#does.dateOff?.(this.requests.length);
    if (offMs !== undefined) response.setHeader("date", new Date(this.#now() * 1000 + offMs).toUTCString());
    response.writeHead(status, this.#does.gzip ? { "content-encoding": "gzip" } : {});
    response.end(this.#does.gzip ? gzipSync(text) : text);
  });

  constructor(now: () => number, liberties: Liberties = {}) {
    this.#now = () => Math.floor(now() / 1000);
    this.#does = liberties;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  put(object: StripeObject, event?: string): void {
    this.#deleted.delete(object.id);
    this.objects.set(object.id, object);
    if (event !== undefined) this.tell(event, object);
  }

  remove(id: string, event?: string): void {
    const object = this.objects.get(id);
    if (!object) return;
    this.objects.delete(id);
    this.#deleted.set(id, object.object);
    if (event !== undefined) this.tell(event, object);
  }

  /** Lets an event tell of an object, as it was in an older version of the API. */
  tell(type: string, { id, object, created }: StripeObject, at = this.#now()): void {
    const data = { object: { id, object, created, was: "otherwise" } };
    this.#events.push({ id: `evt_${this.#events.length}`, object: "event", type, created: at, data });
  }

  truth(type: string | undefined): StripeObject[] {
    return [...this.objects.values()].filter(({ object }) => object === type);
  }

  #answer(url: URL): Answer {
    const [, list = "", encoded, nested] = /^\/v1\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const kept = this.#now() - 30 * 86_400;
    if (list === "events")
      return this.#page(
        this.#events.filter(({ created }) => Number(created) > kept),
        url,
      );
    const type = TYPES.get(list);
    const message = `Unrecognized request URL (GET: ${url.pathname}).`;
    if (!type)
      return [
        this.#does.html ?? 404,
        this.#does.html ? "<h1>No</h1>" : { error: { type: "invalid_request_error", message } },
      ];
    if (encoded === undefined) return this.#page(this.truth(type).map(shortened), url);
    const id = decodeURIComponent(encoded);
    const object = this.objects.get(id);
    if (object && nested === "lines") return this.#page(object.lines?.data ?? [], url, () => 0);
    if (object) return [200, shortened(object)];
    if (type === "customer" && this.#deleted.has(id)) return [200, { deleted: true, id, object: type }];
    return [404, missing(id, { param: "id" })];
  }

  #page(all: readonly StripeObject[], { searchParams: asked, pathname }: URL, order = newestFirst): Answer {
    const sorted = all.toSorted(order);
    const limit = Number(asked.get("limit") ?? 10);
    const size = Math.max(1, Math.min(limit, this.#does.pageOf?.(limit) ?? limit));
    const [after, before] = [asked.get("starting_after"), asked.get("ending_before")];
    const token = after ?? before;
    const unknown = { type: "invalid_request_error", code: "parameter_unknown", param: "ending_before" };
    if (before !== null && this.#does.isOneWay) return [400, { error: unknown }];
    const place = sorted.findIndex(({ id }) => id === token);
    const { status, param } = this.#does.gone ?? { status: 400, param: true };
    if (token !== null && place === -1)
      return [status, missing(token, param ? { param: after === null ? "ending_before" : "starting_after" } : {})];
    const beyond = before === null ? sorted.slice(place + 1) : sorted.slice(0, place);
    const rest = beyond.filter(({ created }) => isWithin(created, asked));
    const data = before === null ? rest.slice(0, size) : rest.slice(-size);
    return [200, { has_more: rest.length > data.length, url: pathname, object: "list", count: all.length, data }];
  }
}

function isWithin(created: number | null, asked: URLSearchParams): boolean {
  const [gt, gte, lt, lte] = ["gt", "gte", "lt", "lte"].map((name) => asked.get(`created[${name}]`) ?? null);
  if (gt === null && gte === null && lt === null && lte === null) return true;
  if (created === null) return false;
  const [above, from] = [Number(gt ?? -Infinity), Number(gte ?? -Infinity)];
  return created > above && created >= from && created < Number(lt ?? Infinity) && created <= Number(lte ?? Infinity);
}

/** Of a list inside an object, Stripe shows ten items. */
function shortened(object: StripeObject): StripeObject {
  const { lines } = object;
  return lines
    ? { ...object, lines: { ...lines, data: lines.data.slice(0, 10), has_more: lines.data.length > 10 } }
    : object;
}

function newestFirst(a: StripeObject, b: StripeObject): number {
  if (a.created !== b.created) return (b.created ?? -1) - (a.created ?? -1);
  return mixed(a.id) < mixed(b.id) ? -1 : 1;
}

const mixes = new Map<string, string>();

function mixed(id: string): string {
  const mix = mixes.get(id) ?? createHash("sha1").update(id).digest("hex");
  mixes.set(id, mix);
  return mix;
}

function missing(id: string, param: object): object {
  return {
    error: { type: "invalid_request_error", code: "resource_missing", message: `No such object: '${id}'`, ...param },
  };
}
