import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ofVersion } from "../warehouse/duckdb/file-version.js";
import { type AccountRig, accountRig, JOBS } from "./account-rig.js";

async function filledRig(): Promise<{ rig: AccountRig; file: string; bytes: Buffer }> {
  const rig = await accountRig();
  expect((await rig.run("run", ...JOBS)).code).toBe(0);
  const file = join(rig.directory, "lorchestra.duckdb");
  return { rig, file, bytes: await readFile(file) };
}

/** Every command that opens the file ends so, and changes no byte of it. */
async function expectRefused(
  { rig, file }: { rig: AccountRig; file: string },
  exit: number,
  code: string,
): Promise<void> {
  const before = await readFile(file);
  for (const argv of [
    ["run", ...JOBS],
    ["run", ...JOBS, "--dry-run"],
    ["verify", "--all"],
    ["sql", "SELECT payload FROM events_dev.raw_objects"],
  ]) {
    const { code: ended, stdout, stderr } = await rig.run(...argv);
    expect({ argv, ended }).toEqual({ argv, ended: exit });
    expect(stderr).toMatch(new RegExp(`code ${code} {3}exit ${exit}`));
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  }
  expect((await readFile(file)).equals(before)).toBe(true);
}

describe("a DuckDB file", () => {
  it("whose end is cut off, a byte or nearly all of it, is refused with 1 and left as it is", async () => {
    const filled = await filledRig();
    await using rig = filled.rig;
    const { length } = filled.bytes;
    for (const left of [0.001 * length, 0.5 * length, length - 1]) {
      await writeFile(filled.file, filled.bytes);
      await truncate(filled.file, Math.floor(left));
      await expectRefused({ rig, file: filled.file }, 1, "WAREHOUSE_CORRUPT");
    }
    // Moved away, as the hint says, everything is read again.
    await writeFile(`${filled.file}.damaged`, await readFile(filled.file));
    await rm(filled.file);
    expect((await rig.run("run", ...JOBS)).code).toBe(0);
    expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
  });

  it("of a newer version is refused with 5 and left as it is; the version that made it goes on", async () => {
    const filled = await filledRig();
    await using rig = filled.rig;
    await writeFile(filled.file, ofVersion(filled.bytes, 99n));
    await expectRefused({ rig, file: filled.file }, 5, "WAREHOUSE_NEWER");
    await writeFile(filled.file, filled.bytes);
    expect((await rig.json("run", ...JOBS)).document.jobs.map(({ inserted }) => inserted)).toEqual([0, 0]);
  });

  it("of which any block is damaged never passes for right", async () => {
    const { rig: opened, file, bytes } = await filledRig();
    await using rig = opened;
    const outcomes = new Set<number>();
    for (const damaged of damages(bytes)) {
      await writeFile(file, damaged);
      const { code, stderr } = await rig.run("verify", "--all");
      outcomes.add(code);
      // What held nothing that counts may be lost.
      if (code === 0) expect(await rig.compare()).toMatchObject({ wrong: [], missing: [] });
      else expect(stderr).toContain("code WAREHOUSE_CORRUPT");
    }
    expect(outcomes).toContain(1);
    // 3: one stream's rows are in a damaged block, the other's are not.
    expect([0, 1, 3]).toEqual(expect.arrayContaining([...outcomes]));
  });
});

/** Behind three headers of 4,096 bytes come blocks of 262,144. */
function* damages(bytes: Buffer): Generator<Buffer> {
  for (let start = 12_288; start < bytes.length; start += 262_144) {
    const damaged = Buffer.from(bytes);
    damaged.fill(0x55, start + 40, start + 4_000);
    yield damaged;
  }
}
