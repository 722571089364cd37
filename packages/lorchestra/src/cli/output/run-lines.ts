import type { JobReport, RunReport } from "../../runs/run-report.js";
import { counted, duration, grouped, localTime } from "./figures.js";
import type { Paint } from "./paint.js";
import { valueChange } from "./value-change.js";
import { onOneLine, wrap } from "./wrap.js";

export interface RunStyle {
  readonly paint: Paint;
  readonly timeZone: string;
  /** Of the longest job's name, so that figures stand in columns. */
  readonly nameWidth: number;
  readonly dryRun: boolean;
  readonly testTable: boolean;
  /** Of a terminal; null elsewhere: what is told of a job there stays on one line, for other programs. */
  readonly columns: number | null;
}

/** The lines of a job that did not fail: what it did, and what a person should know besides. */
export function jobLines(report: JobReport, style: RunStyle): string[] {
  if (report.status === "skipped")
    return [`${style.paint.yellow("-")} ${report.job} skipped`, ...noticeLines(report, style)];
  if (style.dryRun && report.status === "completed") return dryRunLines(report, style);
  const lines =
    style.testTable && report.status === "completed"
      ? [testLine(report), countsLine(report, style)]
      : [countsLine(report, style)];
  return [...lines, ...noticeLines(report, style)];
}

function countsLine(report: JobReport, { paint, nameWidth }: RunStyle): string {
  const mark = report.status === "completed" ? paint.green("✓") : paint.yellow("!");
  // A job that reads no stream counts nothing: what it has to tell stands in its notices.
  const counts = report.object_type === null && report.records_extracted === 0 ? [] : figuresOf(report);
  const end = report.status === "interrupted" ? "interrupted, checkpoint kept" : "";
  return `${mark} ${report.job.padEnd(nameWidth)} ${counts.join(" ")}  ${duration(report.duration_ms).padStart(6)}  ${end}`.trimEnd();
}

function figuresOf(report: JobReport): string[] {
  return [
    figure(report.records_extracted, "read"),
    figure(report.inserted, "inserted"),
    figure(report.updated, "updated"),
    figure(report.deleted, "deleted"),
    ...(report.stale > 0 ? [figure(report.stale, "stale")] : []),
    ...(report.quarantined > 0 ? [figure(report.quarantined, "quarantined")] : []),
  ];
}

function figure(count: number, what: string): string {
  return `${grouped(count).padStart(7)} ${what}`;
}

function testLine({ job, duration_ms }: JobReport): string {
  return `[TEST] ${job} completed in ${duration(duration_ms, 2)} (wrote to test tables)`;
}

function dryRunLines(report: JobReport, style: RunStyle): string[] {
  const { inserted, updated, deleted, unchanged, quarantined } = report;
  const refused = quarantined > 0 ? `, put ${grouped(quarantined)} into quarantine` : "";
  return [
    `[DRY-RUN] ${report.job} completed in ${duration(report.duration_ms, 2)} (no writes)`,
    `  would insert ${grouped(inserted)}, update ${grouped(updated)}, delete ${grouped(deleted)}${refused}; ${grouped(unchanged)} stay as they are`,
    ...sampleLines(report),
    ...noticeLines(report, style),
  ];
}

/** At most so many changes of a dry run are shown, and so many paths of each. */
const SHOWN = { changes: 10, paths: 6 };

function sampleLines({ sample, inserted, updated, deleted }: JobReport): string[] {
  const changed = sample.filter((change) => change.action !== "insert");
  const lines = changed.slice(0, SHOWN.changes).flatMap((change) => {
    if (change.action === "delete") return [`  ${onOneLine(change.id)}  deleted`];
    if (change.values !== undefined)
      return [
        `  ${onOneLine(change.id)}`,
        ...Object.entries(change.values).map(
          ([path, [from, to]]) => `    ${onOneLine(path)}  ${valueChange(from, to)}`,
        ),
      ];
    const paths = change.paths.slice(0, SHOWN.paths).join(" · ");
    const more = change.paths.length - SHOWN.paths;
    return [`  ${onOneLine(`${change.id}  ${paths}`)}${more > 0 ? ` · and ${grouped(more)} more` : ""}`];
  });
  const rest = updated + deleted - Math.min(changed.length, SHOWN.changes);
  if (rest > 0 && inserted + updated + deleted > 0) lines.push(`  and ${grouped(rest)} more`);
  const hidden = changed.some((change) => change.action === "update" && change.values === undefined);
  return hidden ? [...lines, "  (values hidden; --show-values prints them)"] : lines;
}

function noticeLines({ notices }: JobReport, { columns }: RunStyle): string[] {
  return notices
    .map(({ message }) => onOneLine(message))
    .flatMap((text) => (columns === null ? [text] : wrap(text, Math.max(columns - 2, 40))))
    .map((line) => `  ${line}`);
}

/** The last line of a run: its sums, and up to when everything is complete. */
export function summaryLines(report: RunReport, style: RunStyle, elapsedMs: number): string[] {
  const sum = (of: (job: JobReport) => number): number => report.jobs.reduce((total, job) => total + of(job), 0);
  const parts = [
    `${counted(
      sum((job) => job.records_extracted),
      "object",
    )} in ${duration(elapsedMs)}`,
    counted(
      sum((job) => job.requests),
      "request",
    ),
    `${grouped(sum((job) => job.rate_limited))} refused for the rate`,
  ];
  const watermark = commonWatermark(report);
  if (watermark !== null) parts.push(`complete up to ${localTime(watermark, style.timeZone)}`);
  const lines = ["", parts.join(" · ")];
  if (report.usage !== null)
    lines.push(
      `${grouped(report.usage.bytes_billed)} bytes billed in ${counted(report.usage.jobs_run, "BigQuery job")}`,
    );
  return lines;
}

/** The earliest of the jobs' watermarks; null unless every job that ran has one. */
function commonWatermark({ jobs }: RunReport): Date | null {
  const ran = jobs.filter((job) => job.status !== "skipped" && job.object_type !== null);
  const times = ran.map((job) => (job.watermark === null ? Number.NaN : Date.parse(job.watermark)));
  const earliest = Math.min(...times);
  return times.length === 0 || Number.isNaN(earliest) ? null : new Date(earliest);
}
