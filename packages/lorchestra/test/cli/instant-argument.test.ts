import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant, parseWindow } from "../../src/cli/instant-argument.js";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const parse = (text: string): string => parseInstant("--since", text, NOW).toISOString();

describe("parseInstant", () => {
  it.each([
    ["2025-09-01", "2025-09-01T00:00:00.000Z"],
    ["2025-09-01T08:30", "2025-09-01T08:30:00.000Z"],
    ["2025-09-01 08:30:15", "2025-09-01T08:30:15.000Z"],
    ["2025-09-01T08:30:15.25Z", "2025-09-01T08:30:15.250Z"],
    ["2025-09-01T08:30:15.123456+00:00", "2025-09-01T08:30:15.123Z"],
    ["2025-09-01T08:30-05:00", "2025-09-01T13:30:00.000Z"],
    ["2025-09-01t08:30z", "2025-09-01T08:30:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["-7d", "2026-11-17T12:00:00.000Z"],
    ["-12h", "2026-11-24T00:00:00.000Z"],
    ["-90m", "2026-11-24T10:30:00.000Z"],
    ["-2w", "2026-11-10T12:00:00.000Z"],
    ["-0s", "2026-11-24T12:00:00.000Z"],
    ["1970-01-01", "1970-01-01T00:00:00.000Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(parse(text)).toBe(instant);
  });

  it.each([
    "",
    "yesterday",
    "7d",
    "-7",
    "-7y",
    "2025-13-01",
    "2025-02-30",
    "2025-9-1",
    "2025-09-01T25:00",
    "01.09.2025",
    "-99999999d",
    "1969-12-31T23:59:59Z",
  ])("refuses %j with an example", (text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: "USAGE_INVALID", hint: expect.stringContaining("--since -7d") }),
    );
  });

  it("gives an instant of its own or a usage error for any text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?\d{1,4}[-:TZ+.smhdw\d ]{0,20}$/)), (text) => {
        try {
          expect(Number.isNaN(parseInstant("--since", text, NOW).getTime())).toBe(false);
        } catch (error) {
          expect(error).toMatchObject({ code: "USAGE_INVALID" });
        }
      }),
    );
  });
});

describe("parseWindow", () => {
  it("refuses a window that is empty or has not begun", () => {
    expect(() => parseWindow({ since: "2025-09-01", until: "2025-09-01" }, NOW)).toThrow(
      "--since must lie before --until",
    );
    expect(() => parseWindow({ since: "2027-01-01" }, NOW)).toThrow("lies in the future");
    expect(parseWindow({ since: "-1d", until: "2027-01-01" }, NOW).until?.getUTCFullYear()).toBe(2027);
  });
});
