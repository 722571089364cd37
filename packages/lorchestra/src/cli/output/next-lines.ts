import type { JobReport } from "../../runs/run-report.js";

/** Whether one of these jobs brought its stream whole for the first time, which is when people ask what to do with it. */
export function hasFirstLoad(ofStreams: readonly JobReport[]): boolean {
  return ofStreams.some(({ watermark, previous_watermark: before }) => watermark !== null && before === null);
}

interface NextStyle {
  /** Such tables are of no daily use. */
  readonly testTable: boolean;
  /** Of the terminal. */
  readonly columns: number;
}

/**
 * What to do after the first load. `verify` is the command line that compares what was brought. What it does stands beside it, or
 * below where the terminal is too narrow: a column that is wrapped is none.
 */
export function nextLines(verify: string, { testTable, columns }: NextStyle): string[] {
  const steps: [string, string][] = [[verify, "compares every object with Stripe"], ...(testTable ? [] : [DAILY])];
  const width = Math.max(...steps.map(([step]) => step.length));
  const beside = steps.map(([step, what]) => [`${step.padEnd(width)}  ${what}`]);
  const below = steps.map(([step, what]) => [step, `  ${what}`]);
  const fits = beside.flat().every((line) => NEXT.length + line.length <= columns);
  return (fits ? beside : below).flat().map((line, index) => `${index === 0 ? NEXT : " ".repeat(NEXT.length)}${line}`);
}

const NEXT = "Next: ";
const DAILY: [string, string] = ["the same run from cron", "brings what has changed (scripts/daily_ingest.sh)"];
