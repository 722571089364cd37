import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

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

const unit = (name: string) => ({
  resolve: { alias },
  test: {
    name,
    include: [`packages/${name}/test/**/*.test.ts`],
    exclude: ["packages/lorchestra/test/e2e/**"],
    setupFiles: [noLeaks],
    testTimeout: 20_000,
  },
});

export default defineConfig({
  test: {
    // One fork a file: DuckDB's native threads and signal tests do not share a process.
    pool: "forks",
    reporters: ["default"],
    projects: [
      unit("injest"),
      unit("stripe-sandbox"),
      unit("lorchestra"),
      {
        // Through the real, built command: what a user runs.
        test: {
          name: "e2e",
          include: ["packages/lorchestra/test/e2e/**/*.test.ts"],
          setupFiles: [noLeaks],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
