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
  const load = job.warehouse;
  const figures: readonly [string, Interval | null, (value: number) => string][] = [
    ["objects", job.objects, (value) => grouped(Math.round(value))],
    ["requests", job.requests, (value) => grouped(Math.round(value))],
    ["time", job.duration_ms, (value) => duration(value)],
    ["JSON", job.size_bytes, bytes],
    ["in the warehouse", load?.stored_bytes ?? null, bytes],
    ["billed", load?.bytes_billed ?? null, bytes],
    ["price", load?.price_usd ?? null, (value) => `USD ${value.toFixed(2)}`],
  ];
  const rows = figures.flatMap(([name, value, text]) => (value === null ? [] : [rowOf(name, value, text)]));
  return [
    paint.bold(job.job),
    ...alignedLines(rows),
    ...(load?.assumptions ?? []).map((assumption) => `  ${paint.dim(assumption)}`),
    `  ${paint.dim(`estimated from ${counted(job.probes, "request")} to Stripe`)}`,
  ];
}

/** A name, the likely figure, and its range where it has one. */
function rowOf(
  name: string,
  { low, likely, high }: Interval,
  text: (value: number) => string,
): [string, string, string] {
  const [from, to] = [text(low), text(high)];
  return from === to ? [name, text(likely), ""] : [name, text(likely), `${from} to ${to}`];
}

function alignedLines(rows: readonly (readonly [string, string, string])[]): string[] {
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const likelyWidth = Math.max(...rows.map(([, likely]) => likely.length));
  return rows.map(([name, likely, range]) =>
    `  ${name.padEnd(nameWidth)}  ${likely.padStart(likelyWidth)}  ${range}`.trimEnd(),
  );
}
