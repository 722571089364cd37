import type { Interval } from "injest";
import type { PlannedJob, PlanReport } from "../../runs/plan-report.js";
import { bytes, counted, duration, grouped } from "./figures.js";
import type { Paint } from "./paint.js";

/** Stripe allots reads by the month, and no account fewer than this: https://docs.stripe.com/rate-limits */
const MONTHLY_READS_FLOOR = 10_000;

/** What each run would take, and on what the figures rest. */
export function planLines({ jobs }: PlanReport, paint: Paint): string[] {
  const planned = jobs.filter((job) => job.error === null);
  const requests = planned.reduce((sum, job) => sum + (job.requests?.likely ?? 0), 0);
  const share = requests / MONTHLY_READS_FLOOR;
  const allowance =
    `${counted(Math.round(requests), "request")}: ${share < 0.1 ? "less than a tenth" : share.toFixed(1) + " ×"} ` +
    `of the ${grouped(MONTHLY_READS_FLOOR)} reads a month that Stripe allots to every account`;
  return [...planned.flatMap((job) => jobLines(job, paint)), ...(planned.length > 0 ? [allowance] : [])];
}

function jobLines(job: PlannedJob, paint: Paint): string[] {
  const parts = [
    interval(job.objects, (value) => `${grouped(Math.round(value))} objects`),
    interval(job.requests, (value) => `${grouped(Math.round(value))} requests`),
    interval(job.duration_ms, (value) => duration(value)),
    interval(job.size_bytes, (value) => `${bytes(value)} of JSON`),
    interval(job.warehouse?.stored_bytes ?? null, (value) => `${bytes(value)} in the warehouse`),
  ];
  const billed = job.warehouse?.bytes_billed ?? null;
  const price = job.warehouse?.price_usd ?? null;
  const cost = [
    interval(billed, (value) => `${bytes(value)} billed`),
    interval(price, (value) => `USD ${value.toFixed(2)}`),
  ].filter((part) => part !== "");
  return [
    paint.bold(job.job),
    `  ${parts.filter((part) => part !== "").join(" · ")}`,
    ...(cost.length > 0 ? [`  ${cost.join(" · ")}`] : []),
    ...(job.warehouse?.assumptions ?? []).map((assumption) => `  ${paint.dim(assumption)}`),
    `  ${paint.dim(`from ${counted(job.probes, "request")} to Stripe`)}`,
  ];
}

/** "2,653 objects", or "about 2,653 objects (2,400 objects – 2,900 objects)". */
function interval(value: Interval | null, text: (value: number) => string): string {
  if (value === null) return "";
  const [low, likely, high] = [text(value.low), text(value.likely), text(value.high)];
  return low === likely && likely === high ? likely : `about ${likely} (${low} – ${high})`;
}
