import { describe, expect, it } from "vitest";
import { createRig, DUCKDB } from "./rig.js";

describe("times that people are told", () => {
  it.each([
    ["America/St_Johns", / \d\d:\d\d:\d\d (NST|NDT)\n/],
    ["Asia/Kathmandu", / GMT\+5:45\n/],
    ["", / UTC\n/],
    ["Mars/Base", / (UTC|GMT\+0)\n/],
  ])("are in the zone of TZ, and in UTC where it names none: %o", async (TZ, told) => {
    await using rig = await createRig(DUCKDB);
    const { code, stdout, stderr } = await rig.start(["run", "stripe_ingest_refunds"], { env: { TZ } }).outcome;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(told);
  });
});
