import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLine, folder } from "./command-line.js";

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
    expect(await offered("jobs", "show", "stripe_ingest_r")).toEqual(["stripe_ingest_refunds"]);
  });

  it("takes the value of an option for what it is", async () => {
    expect(await offered("--config", "mine.yaml", "run", "stripe_ingest_r")).toEqual(["stripe_ingest_refunds"]);
    expect(await offered("--warehouse", "duckdb", ":", "x", "ver")).toEqual(["verify", "version"]);
    expect(await offered("run", "--connection", "s")).toEqual([]);
    await using place = await folder({ "my accounts.yaml": "" });
    expect(await offered("--config", join(place.path, "my"))).toEqual([join(place.path, "my accounts.yaml")]);
  });
});

describe("completion in zsh", () => {
  /** What zsh's completion system is told, for a command line whose last word is being typed; null without zsh. */
  async function told(...words: string[]): Promise<string | null> {
    const { stdout } = await commandLine(["completion", "zsh"]);
    const script = `compdef() { :; }; compadd() { print -r -- "$@"; }; _describe() { print -rl -- $commands; }
${stdout}
words=(lorchestra ${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length + 1}; _lorchestra`;
    const { error, stdout: answer, stderr } = spawnSync("zsh", ["-fc", script], { encoding: "utf8" });
    if (error !== undefined) return null;
    expect(stderr).toBe("");
    return answer;
  }

  it("offers commands, jobs and flags, also as a file of $fpath, whose first use is the file itself", async () => {
    const { stdout } = await commandLine(["completion", "zsh"]);
    // A letter behind the second colon of ${words[@]:1:CURRENT} is a modifier to zsh.
    expect(stdout).not.toMatch(/\$\{[^}]*:\d*:[A-Za-z]/);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^if .*funcstack.* _lorchestra "\$@"; else compdef /);
    const commands = await told("ver");
    if (commands === null) {
      process.stderr.write("\n!!! ZSH IS NOT TESTED: this machine has none\n\n");
      return;
    }
    expect(commands).toContain("verify:compare the warehouse with Stripe");
    expect(await told("--config", "mine.yaml", "run", "s")).toMatch(/^-- stripe_ingest_customers .*--dry-run/);
    expect(await told("jobs", "show", "s")).toContain("stripe_ingest_refunds");
    expect(await told("run", "--connection", "s")).toBe("");
  });
});
