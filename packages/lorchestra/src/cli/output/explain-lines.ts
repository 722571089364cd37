import type { ExplainedObject, ExplainReport } from "../../runs/explain-report.js";
import { counted, grouped, localTime } from "./figures.js";
import type { Paint } from "./paint.js";

interface ExplainStyle {
  readonly paint: Paint;
  readonly timeZone: string;
}

/** Where a row comes from, and how it stands. Nothing where some side could not be asked and the others know nothing. */
export function explainLines(report: ExplainReport, style: ExplainStyle): string[] {
  if (report.objects.length === 0 && report.errors.length > 0) return [];
  // Stripe may well have an object of that id which is of no stream, such as a charge.
  if (report.objects.length === 0)
    return [`${report.id} is none of the ${anyOf(report.searched)} that the warehouse or Stripe knows`];
  return report.objects.flatMap((object) => objectLines(report.id, object, style));
}

/** "customers", "customers, invoices or refunds" */
function anyOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}

function objectLines(id: string, object: ExplainedObject, { paint, timeZone }: ExplainStyle): string[] {
  const time = (iso: string): string => localTime(new Date(iso), timeZone);
  const rows: [string, string][] = [];
  if (object.idem_key !== null) rows.push(["idem_key", object.idem_key]);
  if (object.first_seen !== null) rows.push(["first seen", time(object.first_seen)]);
  if (object.last_seen !== null) rows.push(["read", originOf(object, time(object.last_seen))]);
  if (object.deleted_at !== null) rows.push(["deleted", time(object.deleted_at)]);
  if (object.events_since === null) rows.push(["Stripe events", "the key may not read them"]);
  else if (object.idem_key !== null) rows.push(["Stripe events since", eventsText(object, time)]);
  for (const { path, items, of } of object.lists)
    rows.push([path, of === null ? counted(items, "item") : `${grouped(items)} of ${counted(of, "item")}`]);
  if (object.watermark !== null) rows.push(["stream complete to", time(object.watermark)]);
  rows.push(["now", STANDINGS[object.standing]]);
  if (object.differences.length > 0) rows.push(["differs in", object.differences.slice(0, 12).join(" · ")]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    paint.bold(`${object.object_type} ${id} of ${object.connection_name}`),
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
  ];
}

function originOf({ run_id, request_id, api_version }: ExplainedObject, readAt: string): string {
  const by = [
    ...(run_id === null ? [] : [`by run ${run_id}`]),
    ...(request_id === null ? [] : [`request ${request_id}`]),
    ...(api_version === null ? [] : [`API ${api_version}`]),
  ];
  return [readAt, ...by].join(", ");
}

function eventsText({ events_since: events }: ExplainedObject, time: (iso: string) => string): string {
  if (events === null || events.length === 0) return "none";
  return (
    events
      .slice(0, 5)
      .map(({ type, created }) => `${type} (${time(created)})`)
      .join(", ") + (events.length > 5 ? `, and ${events.length - 5} more` : "")
  );
}

const STANDINGS: Readonly<Record<ExplainedObject["standing"], string>> = {
  equal: "the warehouse has what Stripe has",
  missing: "Stripe has it, the warehouse does not",
  extra: "the warehouse has it, Stripe does not",
  stale: "Stripe has it otherwise",
  incomplete: "items of a nested list are missing in the warehouse",
  doubled: "Stripe has it, and the warehouse has several rows of it",
  quarantined: "the warehouse cannot hold it as it is: its table quarantine has the text, and why",
  outdated: "read in another API version",
  behind: "changed in Stripe since the last run, which the next one brings",
  gone: "deleted on both sides",
};
