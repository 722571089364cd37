import {
  FAULTS,
  type Finding,
  quarantinedIn,
  type RepairResult,
  type SampleResult,
  STANDINGS,
  type StreamVerification,
  type VerifyReport,
} from "../../runs/verify-report.js";
import { counted, grouped, localDay } from "./figures.js";
import { money } from "./money.js";
import type { Paint } from "./paint.js";
import { onOneLine } from "./wrap.js";

/** At most so many findings of a stream are shown; `--json` has more. */
const SHOWN_FINDINGS = 10;

export interface VerifyStyle {
  readonly paint: Paint;
  readonly timeZone: string;
  /** What was called, for a shell, without --sample and --repair: what to do next begins with it. */
  readonly command: string;
}

/** A line a stream, what differs under it, and the verdict. */
export function verifyLines(report: VerifyReport, style: VerifyStyle): string[] {
  const nameOf = verificationNames(report);
  const width = Math.max(...report.jobs.map((job) => nameOf(job).length));
  const lines = report.jobs.flatMap((stream) => streamLines(stream, `  ${nameOf(stream).padEnd(width)}`, style));
  return [...lines, ...verdictLines(report, style)];
}

/** What a stream is called: its job, and where the report has several connections, which of them. */
export function verificationNames({ jobs }: VerifyReport): (stream: StreamVerification) => string {
  const connections = new Set(jobs.map((job) => job.connection_name));
  return ({ job, connection_name }) => (connections.size > 1 ? `${job} of ${connection_name}` : job);
}

function streamLines(stream: StreamVerification, name: string, style: VerifyStyle): string[] {
  const notices = stream.notices.map(({ message }) => `    ${onOneLine(message)}`);
  if (stream.status === "skipped") return [`${name}  skipped`, ...notices];
  if (stream.status === "failed" || stream.status === "interrupted")
    return [`${name}  not compared to the end`, ...notices];
  const [inStripe, inWarehouse] = isPart(stream)
    ? ["of Stripe looked at", "in warehouse looked at"]
    : ["in Stripe", "in warehouse"];
  const figures = `${grouped(stream.in_source).padStart(9)} ${inStripe} ${grouped(stream.in_warehouse).padStart(9)} ${inWarehouse}`;
  const found = stream.findings.slice(0, SHOWN_FINDINGS).map((finding) => `    ${findingText(finding, style)}`);
  const { equal: _, ...unequal } = stream.standings;
  const more = Object.values(unequal).reduce((sum, count) => sum + count, 0) - found.length;
  const named = stream.findings.length - found.length;
  return [
    `${name}  ${figures}   ${verdictOf(stream)}`,
    ...found,
    ...(more > 0
      ? [`    and ${grouped(more)} more, ${named < more ? `${grouped(named)} of them ` : ""}with --json`]
      : []),
    ...stream.money.map((sum) => `    ${moneyText(sum)}`),
    ...(stream.sample === null ? [] : sampleLines(stream.sample).map((line) => `    ${line}`)),
    ...(stream.repair === null ? [] : [`    ${repairText(stream.repair)}`]),
    ...notices,
  ];
}

function repairText({ repaired, quarantined, remaining }: RepairResult): string {
  const refused = quarantined > 0 ? `, ${grouped(quarantined)} now in quarantine` : "";
  return `${grouped(repaired)} read again and written${refused}, ${grouped(remaining)} still differ`;
}

/** Only a part of the stream was looked at. */
function isPart({ sample }: StreamVerification): boolean {
  return sample !== null && !sample.complete;
}

function verdictOf({ standings, status }: StreamVerification): string {
  const counts = STANDINGS.flatMap((standing) =>
    standing !== "equal" && standings[standing] > 0 ? [`${grouped(standings[standing])} ${standing}`] : [],
  );
  const sound = { equal: ["equal"], sampled: ["no fault in the sample"] };
  return [...(status === "equal" || status === "sampled" ? sound[status] : []), ...counts].join(", ");
}

function findingText({ id, standing, paths, read_at }: Finding, style: VerifyStyle): string {
  const read = read_at === null ? "" : ` (read ${localDay(new Date(read_at), style.timeZone)})`;
  return `${id}  ${standing}${read}${paths.length === 0 ? "" : `  ${paths.slice(0, 6).join(" · ")}`}`;
}

function moneyText({ currency, in_source, in_warehouse }: StreamVerification["money"][number]): string {
  const source = money(in_source, currency);
  return in_source === in_warehouse
    ? `sum ${source} on both sides`
    : `sum ${source} in Stripe, ${money(in_warehouse, currency)} in the warehouse`;
}

/** Rows that are wrong show in rows; objects that are missing only in what Stripe lists. */
function sampleLines(sample: SampleResult): string[] {
  const { rows, of, wrong, wrong_at_most, listed, windows, missing, missing_at_most } = sample;
  if (sample.complete) return ["all that Stripe lists was compared: it takes no more requests than a sample"];
  const found = `${counted(listed, "object")} of Stripe listed`;
  if (windows === 0) return [`${found}, ${grouped(missing)} missing; the list goes on, and was not read further`];
  const sure = `with ${percent(sample.confidence)} confidence at most`;
  return [
    `${grouped(rows)} of ${counted(of, "row")} drawn at random, ${grouped(wrong)} wrong: ${sure} ${percent(wrong_at_most)} of all are`,
    `${found}, in ${counted(windows, "window")} of time drawn at random and before and after all rows, ${grouped(missing)} missing` +
      // Where something is missing a share of windows would comfort for nothing.
      (missing > 0 ? "" : `: ${sure} ${percent(missing_at_most)} of such windows lack something`),
  ];
}

/** "95%", "0.12%" */
function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toPrecision(2) : Math.round(value)}%`;
}

function verdictLines({ jobs, status, repair }: VerifyReport, { paint, command }: VerifyStyle): string[] {
  const sum = (of: (job: StreamVerification) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  const compared = sum((job) => job.in_source);
  const differing = sum(({ standings, repair: repaired }) =>
    repaired === null ? FAULTS.reduce((total, fault) => total + standings[fault], 0) : repaired.remaining,
  );
  if (status === "skipped")
    return [`${paint.yellow("-")} nothing was compared: the account does not have what these streams are of`];
  if (status === "interrupted") return [`${paint.yellow("!")} interrupted before everything was compared`];
  if (status === "failed") return [`${paint.red("✗")} not everything could be compared`];
  const refused = sum(quarantinedIn);
  const behind = sum(({ standings }) => standings.behind);
  const stillToCome = notYet(
    behind,
    sum(({ standings }) => standings.outdated),
  );
  if (status === "equal" && refused > 0)
    return [
      `${paint.yellow("!")} ${grouped(refused)} of ${grouped(compared)} in quarantine, which the warehouse cannot hold; it holds all others${stillToCome}`,
    ];
  if (status === "equal") {
    const held = behind > 0 ? "held at the last run" : "holds";
    return [
      `${paint.green("✓")} ${counted(compared, "object")}: the warehouse holds what Stripe ${held}${stillToCome}`,
    ];
  }
  const ofAPart = jobs.some(isPart);
  if (status === "sampled")
    return [
      `${refused > 0 ? paint.yellow("!") : paint.green("✓")} no fault in a sample: ${counted(compared, "object")} looked at` +
        `${refused > 0 ? `, ${grouped(refused)} in quarantine` : ""}, not everything · ${command} compares all`,
    ];
  const isUnread = jobs.every((job) => job.in_warehouse === 0 && job.watermark === null);
  const next = nextAfter({ repair, ofAPart, isUnread, command });
  const of = Math.max(
    compared,
    sum((job) => job.in_warehouse),
  );
  if (ofAPart && differing === 0)
    return [`${paint.red("✗")} what differed in the sample was repaired; the rest was not looked at · ${next}`];
  const lookedAt = ofAPart ? " looked at" : "";
  return [`${paint.red("✗")} ${grouped(differing)} of ${grouped(of)}${lookedAt} differ · ${next}`];
}

/** What is no fault, but not as it is in Stripe now. */
function notYet(behind: number, outdated: number): string {
  return [
    ...(behind > 0 ? [`; ${grouped(behind)} changed since, which the next run brings`] : []),
    ...(outdated > 0 ? [`; ${grouped(outdated)} of another API version, which the next run reads again`] : []),
  ].join("");
}

interface Verified {
  readonly repair: boolean;
  readonly ofAPart: boolean;
  /** No run has brought anything yet. Where one has and nothing is left, the next would go on from its checkpoint. */
  readonly isUnread: boolean;
  readonly command: string;
}

/** A sample that differs says that what it did not look at does too. To read every object singly takes many times a run's requests. */
function nextAfter({ repair, ofAPart, isUnread, command }: Verified): string {
  if (isUnread && !repair) return "the warehouse has none of them: `lorchestra run …` brings them";
  if (ofAPart) return `\`lorchestra run … --full\` reads everything again, \`${command} --repair\` what differs`;
  return repair ? "run it again, or `lorchestra run … --full`" : `${command} --repair reads just these again`;
}
