import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { ROOT } from "./rig.js";

/**
 * Keeps more and more alive for two seconds, which has V8 grow its young generation step by step, and prints what that
 * came to in MB.
 */
const BUSY = `
import { getHeapSpaceStatistics } from "node:v8";
const end = Date.now() + 2000;
for (let kept = []; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 1))) {
  for (let index = 0; index < 2_000; index++) kept.push({ index, text: "x" + index });
  if (kept.length > 400_000) kept = kept.slice(200_000);
}
const { space_size: bytes } = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
console.log(bytes / 1024 / 1024);
`;

function youngGenerationMb(before: string): number {
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", before + BUSY], { encoding: "utf8" }));
}

it("V8's young generation stays small in the command's process, where it would grow", () => {
  const module = pathToFileURL(join(ROOT, "packages/lorchestra/dist/cli/process/tune-v8.js")).href;
  const small = youngGenerationMb(`import { tuneV8 } from ${JSON.stringify(module)};\ntuneV8();\n`);
  expect(small).toBeLessThanOrEqual(16);
  expect(youngGenerationMb("")).toBeGreaterThan(small);
});
