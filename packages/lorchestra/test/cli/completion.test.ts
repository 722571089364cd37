import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandLine } from "./command-line.js";

/** What bash offers for a command line whose last word is being typed. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await commandLine(["completion", "bash"]);
  const line = words.map((word) => `'${word}'`).join(" ");
  const script = `${stdout}
COMP_WORDS=(lorchestra ${line}); COMP_CWORD=${words.length}
_lorchestra
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
}

describe("completion in bash", () => {
  it("offers commands, then jobs and flags", async () => {
    expect(await offered("ver")).toEqual(["verify", "version"]);
    expect(await offered("run", "stripe_ingest_p")).toEqual(["stripe_ingest_payment_intents"]);
    expect(await offered("run", "stripe_ingest_refunds", "--dry")).toEqual(["--dry-run"]);
    expect(await offered("jobs", "s")).toEqual(["show"]);
    expect(await offered("--json", "run", "--te")).toEqual(["--test-table"]);
    expect(await offered("help", "exit")).toEqual(["exit-codes"]);
    expect(await offered("completion", "z")).toEqual(["zsh"]);
  });
});
