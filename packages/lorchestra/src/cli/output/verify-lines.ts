import { FAULTS, type Finding, type StreamVerification, type VerifyReport } from "../../runs/verify-report.js";
import { counted, grouped } from "./figures.js";
import { money } from "./money.js";
import type { Paint } from "./paint.js";

/** At most so many findings of a stream are shown; `--json` has more. */
const SHOWN_FINDINGS = 10;

/** A line a stream, what differs under it, and the verdict. */
export function verifyLines(report: VerifyReport, paint: Paint): string[] {
  const width = Math.max(...report.jobs.map((job) => job.job.length));
  const lines = report.jobs.flatMap((stream) => streamLines(stream, width));
  return [...lines, ...verdictLines(report, paint)];
}

function streamLines(stream: StreamVerification, width: number): string[] {
  const name = `  ${stream.job.padEnd(width)}`;
  const notices = stream.notices.map(({ message }) => `    ${message}`);
  if (stream.status === "skipped") return [`${name}  skipped`, ...notices];
  if (stream.status === "failed" || stream.status === "interrupted")
    return [`${name}  not compared to the end`, ...notices];
  const figures = `${grouped(stream.in_source).padStart(9)} in Stripe ${grouped(stream.in_warehouse).padStart(9)} in warehouse`;
  const found = stream.findings.slice(0, SHOWN_FINDINGS).map((finding) => `    ${findingText(finding)}`);
  const { equal: _, ...unequal } = stream.standings;
  const more = Object.values(unequal).reduce((sum, count) => sum + count, 0) - found.length;
  return [
    `${name}  ${figures}   ${verdictOf(stream)}`,
    ...found,
    ...(more > 0 ? [`    and ${grouped(more)} more, with --json`] : []),
    ...stream.money.map((sum) => `    ${moneyText(sum)}`),
    ...(stream.sample === null ? [] : [`    ${sampleText(stream.sample)}`]),
    ...(stream.repair === null
      ? []
      : [
          `    ${grouped(stream.repair.repaired)} read again and written, ${grouped(stream.repair.remaining)} still differ`,
        ]),
    ...notices,
  ];
}

function verdictOf({ standings, status }: StreamVerification): string {
  const counts = [...FAULTS, "quarantined" as const, "outdated" as const, "behind" as const].flatMap((standing) =>
    standings[standing] > 0 ? [`${grouped(standings[standing])} ${standing}`] : [],
  );
  return [...(status === "equal" ? ["equal"] : []), ...counts].join(", ");
}

function findingText({ id, standing, paths, read_at }: Finding): string {
  const read = read_at === null ? "" : ` (read ${read_at.slice(0, 10)})`;
  return `${id}  ${standing}${read}${paths.length === 0 ? "" : `  ${paths.slice(0, 6).join(" · ")}`}`;
}

function moneyText({ currency, in_source, in_warehouse }: StreamVerification["money"][number]): string {
  const source = money(in_source, currency);
  return in_source === in_warehouse
    ? `sum ${source} on both sides`
    : `sum ${source} in Stripe, ${money(in_warehouse, currency)} in the warehouse`;
}

function sampleText(sample: NonNullable<StreamVerification["sample"]>): string {
  const percent = (share: number): string => `${(share * 100).toPrecision(2)}%`;
  return (
    `${grouped(sample.rows)} of ${grouped(sample.of)} rows drawn at random, ${grouped(sample.wrong)} wrong: ` +
    `with ${percent(sample.confidence)} confidence at most ${percent(sample.wrong_at_most)} of all are`
  );
}

function verdictLines({ jobs, status, repair }: VerifyReport, paint: Paint): string[] {
  const sum = (of: (job: StreamVerification) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  const compared = sum((job) => job.in_source);
  const differing = sum(({ standings, repair: repaired }) =>
    repaired === null ? FAULTS.reduce((total, fault) => total + standings[fault], 0) : repaired.remaining,
  );
  if (status === "interrupted") return [`${paint.yellow("!")} interrupted before everything was compared`];
  if (status === "failed") return [`${paint.red("✗")} not everything could be compared`];
  const refused = sum(({ standings }) => standings.quarantined);
  if (status === "equal" && refused > 0)
    return [
      `${paint.yellow("!")} ${grouped(refused)} of ${grouped(compared)} in quarantine, which the warehouse cannot hold; it holds all others`,
    ];
  if (status === "equal")
    return [`${paint.green("✓")} ${counted(compared, "object")}: the warehouse holds what Stripe holds`];
  const next = repair
    ? "run it again, or `lorchestra run … --full`"
    : "lorchestra verify --repair reads just these again";
  return [`${paint.red("✗")} ${grouped(differing)} of ${grouped(compared)} differ · ${next}`];
}
