import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseAddress } from "../../../src/warehouse/bigquery/address.js";
import { orSayWhyNot, testBigQuery } from "../bigquery-emulator.js";
import { newPlace } from "../bigquery-places.js";

const INSTALL = fileURLToPath(new URL("../../../../../scripts/bigquery-emulator/install", import.meta.url));

describe("a machine without Python 3.13", () => {
  it("is told that it needs one, and nothing is installed", () => {
    const home = mkdtempSync(join(tmpdir(), "lorchestra-no-python-"));
    try {
      const { status, stdout, stderr } = spawnSync("/bin/bash", [INSTALL], {
        encoding: "utf8",
        // No command of that name, and no pyenv.
        env: { PATH: join(home, "bin"), HOME: home, BASH_ENV: "", PYTHON313: join(home, "python3.13") },
      });
      expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
      expect(stderr).toContain("needs Python 3.13: install it, or name it in PYTHON313");
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("skips the tests of BigQuery with one loud line that says why", () => {
    const told: string[] = [];
    expect(orSayWhyNot({ missing: "there is no Python 3.13" }, false, (line) => told.push(line))).toBeNull();
    expect(told).toEqual(["\n!!! BIGQUERY IS NOT TESTED: there is no Python 3.13\n\n"]);
  });

  it("fails them where BigQuery is required", () => {
    const start = () => orSayWhyNot({ missing: "there is no Python 3.13" }, true, () => {});
    expect(start).toThrow("the BigQuery emulator is required, but there is no Python 3.13");
  });
});

describe("LORCHESTRA_TEST_BIGQUERY", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("sends the tests of the warehouse to Google, into datasets whose names begin with the one given", async () => {
    vi.stubEnv("BIGQUERY_EMULATOR_HOST", "127.0.0.1:9050");
    vi.stubEnv("LORCHESTRA_TEST_BIGQUERY", "my-project/my_tests");
    const google = await testBigQuery();
    expect(google).toEqual({ projectId: "my-project", datasetPrefix: "my_tests", environment: {}, origin: null });
    const place = await newPlace(google ?? expect.unreachable(), "conformance");
    expect(place.address.url).toMatch(/^bigquery:\/\/my-project\/my_tests_conformance_\w+$/);
    expect(parseAddress(place.address)).toMatchObject({ projectId: "my-project", emulatorOrigin: null });
  });
});
