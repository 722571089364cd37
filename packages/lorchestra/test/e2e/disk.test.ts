import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { smallDisk } from "./full-disk.js";
import { createRig, DUCKDB, JOBS, ROOT, startProcess, WAREHOUSES, type Rig } from "./rig.js";

const disk = smallDisk();
const bigQuery = WAREHOUSES.find(({ name }) => name === "bigquery");

/** What each command of a script ended with, and what it said, by the label that the script prints after it. */
interface Endings {
  readonly [label: string]: { readonly code: number; readonly text: string };
}

/** Runs a script with the project's files on a disk of that size; `lorchestra` is the command, `ended LABEL` tells its end. */
async function onDisk(rig: Rig, size: string, script: string): Promise<Endings> {
  if (disk === null) throw new Error("no small disk");
  const folder = join(rig.directory, "disk");
  await mkdir(folder, { recursive: true });
  const files = await Promise.all(
    ["lorchestra.yaml", ".env"].map((name) => readFile(join(rig.directory, name), "utf8")),
  );
  const preamble = `
printf %s "$PROJECT" > lorchestra.yaml
printf %s "$DOTENV" > .env
lorchestra() { "$NODE" "$BIN" "$@" 2>&1; }
ended() { echo "== $1 $?"; }
`;
  const { command, argv } = disk.command(preamble + script);
  const [PROJECT = "", DOTENV = ""] = files;
  const BIN = join(ROOT, "packages/lorchestra/bin/lorchestra.js");
  const env = {
    ...rig.env,
    NODE: process.execPath,
    BIN,
    DISK: folder,
    SIZE: size,
    PROJECT,
    DOTENV,
    JOBS: JOBS.join(" "),
  };
  const { stdout, stderr } = await startProcess(command, argv, { env, cwd: rig.directory }).outcome;
  const parts = stdout.split(/^== (\w+) (\d+)$/m);
  const endings: Record<string, { code: number; text: string }> = {};
  for (let at = 0; at + 2 < parts.length; at += 3)
    endings[parts[at + 1] ?? ""] = { code: Number(parts[at + 2]), text: parts[at] ?? "" };
  if (Object.keys(endings).length === 0) throw new Error(stdout + stderr);
  return endings;
}

describe.skipIf(disk === null)("a disk", () => {
  it.each(["80k", "400k", "3m"])(
    "that is full at %s stops a run with 5, or 3 beside jobs that fitted; with room the next one is right",
    async (size) => {
      await using rig = await createRig(DUCKDB);
      const { full, room, verified } = await onDisk(
        rig,
        size,
        `lorchestra run $JOBS; ended full
ls -A . .lorchestra 2>/dev/null | grep -E 'part|spool'
resize 200m; lorchestra run $JOBS; ended room
lorchestra verify --all; ended verified`,
      );
      expect([3, 5]).toContain(full?.code);
      const codes = [...(full?.text ?? "").matchAll(/code (\w+)/g)].map(([, code]) => code);
      expect(new Set(codes)).toEqual(new Set(["WAREHOUSE_FULL"]));
      // Nothing of what could not be written is left lying about.
      expect(room?.text).not.toMatch(/\.part|spool/);
      expect(room?.code).toBe(0);
      expect(verified?.code).toBe(0);
    },
  );

  it("that may not be written ends a run with 5 and changes nothing; what only reads goes on", async () => {
    await using rig = await createRig(DUCKDB);
    const { first, run, fresh, verified, queried } = await onDisk(
      rig,
      "50m",
      `lorchestra run stripe_ingest_refunds; ended first
sum=$(sha256sum lorchestra.duckdb); protect
lorchestra run stripe_ingest_refunds; ended run
LORCHESTRA_WAREHOUSE=duckdb:./new.duckdb lorchestra run stripe_ingest_refunds; ended fresh
[ "$sum" = "$(sha256sum lorchestra.duckdb)" ] && lorchestra verify stripe_ingest_refunds; ended verified
lorchestra sql 'SELECT COUNT(*) AS n FROM events_dev.raw_objects' --csv; ended queried`,
    );
    expect(first?.code).toBe(0);
    for (const refused of [run, fresh]) {
      expect(refused?.code).toBe(5);
      expect(refused?.text).toMatch(/code WAREHOUSE_READ_ONLY {3}exit 5/);
    }
    expect(verified?.code).toBe(0);
    expect(queried).toMatchObject({ code: 0, text: expect.stringMatching(/n\n27\n$/) });
  });

  it.skipIf(bigQuery === undefined)(
    "that is full where BigQuery's rows wait ends a run with 5; with room the next one is right",
    async () => {
      if (bigQuery === undefined) return;
      await using rig = await createRig(bigQuery);
      const { full, left, room, verified } = await onDisk(
        rig,
        "100k",
        `TMPDIR=$DISK lorchestra run stripe_ingest_invoices; ended full
ls -A; ended left
lorchestra run stripe_ingest_invoices; ended room
lorchestra verify stripe_ingest_invoices; ended verified`,
      );
      expect(full?.code).toBe(5);
      expect(full?.text).toMatch(/code WAREHOUSE_FULL {3}exit 5/);
      // Where Node keeps compiled code between starts (22.1 and later), it does so in the directory for temporary files.
      const files = left?.text
        .trim()
        .split("\n")
        .filter((name) => name !== "node-compile-cache");
      expect(files).toEqual([".env", "lorchestra.yaml"]);
      expect(room?.code).toBe(0);
      expect(verified?.code).toBe(0);
    },
  );
});
