import type { ReadEstimate, ReadOptions } from "../../source.js";
import type { StreamSpec } from "../catalog.js";
import { type Probe, surveyDensity } from "./density-survey.js";
import { isCut } from "../objects/nested-lists.js";
import { checkPage } from "../list/page.js";
import { listingOf, type StripeContext } from "../read-session.js";
import { PAGE_MOST } from "../list/page-size.js";
import { mapInterval, readCost } from "./read-cost.js";
import { type PageQuery, pathOf } from "../list/listing.js";
import { HORIZON_SECONDS } from "../list/read-slices.js";

/** Says what reading a stream, or what was created in a window of it, would take. Sends up to 40 requests. */
export async function estimateRead(
  context: StripeContext,
  spec: StreamSpec,
  options: Pick<ReadOptions, "window" | "signal">,
): Promise<ReadEstimate> {
  const { client } = context;
  const listing = listingOf(spec);
  const seen = { objects: 0, cut: 0, sizeBytes: 0, probes: 0, latencyMs: 0 };
  const { since, until } = options.window ?? {};
  const survey = await surveyDensity(take, {
    from: since ? Math.ceil(since.getTime() / 1000) : HORIZON_SECONDS,
    until: until ? Math.ceil(until.getTime() / 1000) : null,
  });
  const perObject = (total: number): number => total / Math.max(1, seen.objects);
  return {
    objects: survey,
    ...readCost({
      objects: survey,
      nestedRequests: perObject(seen.cut),
      requestsPerSecond: client.limiter.rateOf(listing.endpoint),
      latencyMs: seen.latencyMs / Math.max(1, seen.probes),
    }),
    sizeBytes: mapInterval(survey, (count) => Math.round(count * perObject(seen.sizeBytes))),
    probes: seen.probes,
  };

  async function take(before: number | null): Promise<Probe> {
    const query: PageQuery = { from: null, until: before, direction: "down", token: null };
    const asked = { ...listing, path: pathOf(listing, query, PAGE_MOST), signal: options.signal };
    return client.get(asked, (body, facts) => {
      const page = checkPage(body, { listing, query, limit: PAGE_MOST }, facts.requestId);
      seen.probes += 1;
      seen.latencyMs += facts.receivedMs - facts.sentMs;
      seen.objects += page.items.length;
      for (const item of page.items) {
        seen.sizeBytes += item.bytes.length;
        if (isCut(item)) seen.cut += 1;
      }
      const created = page.items.map((item) => item.created).filter((second) => second !== null);
      return { until: before, created, hasMore: page.hasMore };
    });
  }
}
