import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import * as lorchestra from "../src/index.js";

it("exports what jobs and warehouses of one's own need, all of it named in the package's README", async () => {
  const names = Object.keys(lorchestra).toSorted();
  expect(names).toEqual(["LORCHESTRA_ERRORS", "LorchestraError", "TABLES", "ingestJob", "recordedJob"]);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  for (const name of names) expect(readme).toContain(`\`${name}\``);
});
