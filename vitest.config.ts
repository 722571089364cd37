import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { SlowFilesFirst } from "./scripts/vitest/slow-files-first.js";

const inRoot = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const noLeaks = inRoot("scripts/vitest/no-leaks.ts");

/** Each package's tests see the other packages' sources, so that no stale build can pass or fail a test. */
const sources = {
  "injest/clock": inRoot("packages/injest/src/clock.ts"),
  "injest/errors": inRoot("packages/injest/src/errors.ts"),
  "injest/testing": inRoot("packages/injest/src/testing/index.ts"),
  injest: inRoot("packages/injest/src/index.ts"),
  "lorchestra/testing": inRoot("packages/lorchestra/src/testing/index.ts"),
  lorchestra: inRoot("packages/lorchestra/src/index.ts"),
  "stripe-sandbox": inRoot("packages/stripe-sandbox/src/index.ts"),
};

const alias = Object.entries(sources).map(([name, replacement]) => ({ find: new RegExp(`^${name}$`), replacement }));

const END_TO_END = "packages/lorchestra/test/e2e/**/*.test.ts";

/** What says how soon something is done, in real time: these run one after another, when all others have ended. */
const TIMED = [
  "packages/lorchestra/test/warehouse/duckdb/lock.test.ts",
  "packages/lorchestra/test/warehouse/bigquery/one-writer.test.ts",
];
const TIMED_END_TO_END = "packages/lorchestra/test/e2e/{interruption,overlap}.test.ts";

/** Tests of lorchestra that leave their process as it was, and look at nothing of it. */
const PLAIN = "packages/lorchestra/test/{cli,config,events,jobs,runs,sql}/**/*.test.ts";

const inside = (name: string, include: string[], exclude: string[]) => ({
  resolve: { alias },
  // Against a test that hangs, not a measure of time: a busy machine takes ten times as long.
  test: { name, include, exclude, setupFiles: [noLeaks], testTimeout: 120_000, hookTimeout: 120_000 },
});

const unit = (name: string) => inside(name, [`packages/${name}/test/**/*.test.ts`], [END_TO_END, PLAIN, ...TIMED]);

/** For tests that change nothing of their process: to start one, and to load all modules again, takes as long as most files do. */
const sharingProcesses = <Project extends { test: object }>(project: Project) => ({
  ...project,
  test: { ...project.test, isolate: false },
});

/** Through the real, built command: what a user runs. */
const endToEnd = (name: string, include: string, exclude: string[]) => ({
  test: {
    name,
    include: [include],
    exclude,
    setupFiles: [noLeaks],
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});

const alone = <Project extends { test: object }>(project: Project) => ({
  ...project,
  test: { ...project.test, maxWorkers: 1, sequence: { groupOrder: 1 } },
});

export default defineConfig({
  test: {
    // One fork a file, unless its project says otherwise: DuckDB's native threads and signal tests do not share a process.
    pool: "forks",
    reporters: ["default"],
    sequence: { sequencer: SlowFilesFirst },
    // Vitest leaves one core free. The emulator, and the commands that tests start, are processes of their own to wait for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      sharingProcesses(unit("injest")),
      sharingProcesses(unit("stripe-sandbox")),
      sharingProcesses(inside("lorchestra-plain", [PLAIN], [])),
      unit("lorchestra"),
      endToEnd("e2e", END_TO_END, [TIMED_END_TO_END]),
      alone(inside("lorchestra-timed", TIMED, [])),
      alone(endToEnd("e2e-timed", TIMED_END_TO_END, [])),
    ],
  },
});
