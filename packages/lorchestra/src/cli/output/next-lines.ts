import type { JobReport } from "../../runs/run-report.js";

/** Whether one of these jobs brought its stream whole for the first time, which is when people ask what to do with it. */
export function hasFirstLoad(ofStreams: readonly JobReport[]): boolean {
  return ofStreams.some(({ watermark, previous_watermark: before }) => watermark !== null && before === null);
}

/** What to do after the first load. `verify` is the command line that compares what was brought; test tables are of no daily use. */
export function nextLines(verify: string, { testTable }: { readonly testTable: boolean }): string[] {
  const steps: [string, string][] = [[verify, "compares every object with Stripe"], ...(testTable ? [] : [DAILY])];
  const width = Math.max(...steps.map(([step]) => step.length));
  return steps.map(([step, what], index) => `${index === 0 ? "Next: " : "      "}${step.padEnd(width)}  ${what}`);
}

const DAILY: [string, string] = ["the same run from cron", "brings what has changed (scripts/daily_ingest.sh)"];
