import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { currentHolder, holderText, isDead, parseHolder } from "../../../src/warehouse/bigquery/lease/holder.js";

describe("the holder of a lease", () => {
  const here = currentHolder();

  it("is alive while its process is", () => {
    expect(isDead(here, here)).toBe(false);
    expect(isDead({ ...here, pid: process.ppid, started: "" }, here)).toBe(false);
  });

  it("is dead when its process has ended", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    const pid = child.pid ?? 0;
    await once(child, "close");
    expect(isDead({ ...here, pid }, here)).toBe(true);
  });

  it("is dead when its pid belongs to a process that started at another time", () => {
    expect(isDead({ ...here, started: "1" }, here)).toBe(true);
  });

  it("is never taken for dead elsewhere: another machine, another start of it, another container", () => {
    const gone = { ...here, pid: 2 ** 22 + 1 };
    expect(isDead(gone, here)).toBe(true);
    expect(isDead({ ...gone, machine: "another boot" }, here)).toBe(false);
    expect(isDead({ ...gone, host: "elsewhere" }, here)).toBe(false);
    expect(isDead({ ...gone, machine: "" }, { ...here, machine: "" })).toBe(false);
  });

  it("survives its row, and anything else there is nobody", () => {
    expect(parseHolder(holderText(here, "x"))).toEqual(here);
    for (const text of [null, "", "nobody", "{}", "null", '{"pid":"1"}']) expect(parseHolder(text)).toBeNull();
  });
});
