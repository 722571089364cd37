import { SOURCE_ERRORS } from "injest/errors";
import { describe, expect, it } from "vitest";
import { EXIT_CODES, exitCodeOfError, exitCodeOfRun, exitCodeOfVerification } from "../../src/cli/exit-code.js";
import { Interruption } from "../../src/cli/io.js";
import { LORCHESTRA_ERRORS } from "../../src/errors.js";
import type { JobReport, RunReport } from "../../src/runs/run-report.js";
import type { VerifyReport } from "../../src/runs/verify-report.js";

const job = (status: JobReport["status"], code?: string, quarantined = 0): JobReport =>
  ({ status, quarantined, error: code === undefined ? null : { code } }) as unknown as JobReport;

const run = (...jobs: JobReport[]): RunReport => ({ jobs }) as unknown as RunReport;

describe("exitCodeOfRun", () => {
  it.each([
    { what: "all completed", jobs: [job("completed"), job("completed")], exit: 0 },
    { what: "one skipped", jobs: [job("completed"), job("skipped")], exit: 0 },
    { what: "rows in quarantine", jobs: [job("completed", undefined, 1), job("completed")], exit: 3 },
    { what: "one completed and one failed", jobs: [job("completed"), job("failed", "SOURCE_FORBIDDEN")], exit: 3 },
    {
      what: "all failed alike",
      jobs: [job("failed", "SOURCE_FORBIDDEN"), job("failed", "SOURCE_UNAUTHORIZED")],
      exit: 4,
    },
    {
      what: "all failed otherwise",
      jobs: [job("failed", "SOURCE_FORBIDDEN"), job("failed", "SOURCE_UNREACHABLE")],
      exit: 1,
    },
    { what: "one failed and one was skipped", jobs: [job("failed", "SOURCE_UNREACHABLE"), job("skipped")], exit: 8 },
    { what: "a job of the user's own failed", jobs: [job("failed", "THEIR_OWN")], exit: 1 },
    { what: "one was interrupted", jobs: [job("completed"), job("failed", "INTERNAL"), job("interrupted")], exit: 143 },
  ])("is $exit when $what", ({ jobs, exit }) => {
    expect(exitCodeOfRun(run(...jobs), new Interruption("SIGTERM"))).toBe(exit);
  });

  it("takes no signal for an interruption when every job came to its end all the same", () => {
    expect(exitCodeOfRun(run(job("completed")), new Interruption("SIGINT"))).toBe(0);
  });
});

describe("exitCodeOfVerification", () => {
  const verified = (status: VerifyReport["status"], ...quarantined: number[]): VerifyReport =>
    ({
      status,
      jobs: quarantined.map((count) => ({ status, standings: { quarantined: count }, error: null })),
    }) as unknown as VerifyReport;

  it.each([
    { what: "nothing differs", report: verified("equal", 0, 0), exit: 0 },
    { what: "nothing differs but what is in quarantine", report: verified("equal", 0, 2), exit: 3 },
    { what: "the account has none of the streams", report: verified("skipped", 0), exit: 0 },
    { what: "something differs", report: verified("different", 0, 2), exit: 7 },
  ])("is $exit when $what", ({ report, exit }) => {
    expect(exitCodeOfVerification(report, null)).toBe(exit);
  });
});

describe("exitCodeOfError", () => {
  it("knows every code of both packages, and never calls an error ok", () => {
    const known = Object.values(EXIT_CODES).map(({ code }) => code);
    for (const code of Object.keys({ ...SOURCE_ERRORS, ...LORCHESTRA_ERRORS })) {
      expect(known).toContain(exitCodeOfError(code));
      expect(exitCodeOfError(code)).not.toBe(0);
    }
    expect(exitCodeOfError("constructor")).toBe(1);
  });
});
