import type { JsonValue } from "injest";
import { describe, expect, it } from "vitest";
import { completionScript, type CompletionWords } from "../../src/cli/output/completion-script.js";
import { csvRecord } from "../../src/cli/output/csv.js";
import { failureLines } from "../../src/cli/output/failure-lines.js";
import { bytes, counted, duration, grouped, localTime, withLocalTimes } from "../../src/cli/output/figures.js";
import { createPaint } from "../../src/cli/output/paint.js";
import { tableLines } from "../../src/cli/output/table.js";
import { wrap } from "../../src/cli/output/wrap.js";

const output = (isTerminal: boolean) => ({ write: () => Promise.resolve(), isTerminal, columns: 80, isClosed: false });
const plain = createPaint(output(false), {});

async function* rowsOf(...rows: JsonValue[][]): AsyncGenerator<JsonValue[]> {
  yield* rows;
}

async function collected(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe("figures", () => {
  it("groups numbers, counts nouns, and measures in units that fit", () => {
    expect([grouped(2653), counted(1, "row"), counted(1200, "row")]).toEqual(["2,653", "1 row", "1,200 rows"]);
    expect([duration(900), duration(2416, 2), duration(74_770), duration(1_056_000), duration(7_500_000)]).toEqual([
      "0.9s",
      "2.42s",
      "74.8s",
      "17m 36s",
      "2h 05m",
    ]);
    expect([bytes(0), bytes(999), bytes(1_000), bytes(3_912_000_000)]).toEqual(["0 B", "999 B", "1.0 kB", "3.9 GB"]);
  });

  it("tells local times with the zone's name, in summer and in winter", () => {
    const time = (text: string): string => localTime(new Date(text), "America/Toronto");
    expect(time("2026-11-23T19:02:11Z")).toBe("2026-11-23 14:02:11 EST");
    expect(time("2026-07-01T04:00:00Z")).toBe("2026-07-01 00:00:00 EDT");
  });

  it("tells a text's instants as local times, and leaves what is none as it was written", () => {
    const told = (text: string): string => withLocalTimes(text, () => "America/Toronto");
    expect(told("until 2026-11-23T19:02:11.5Z, or")).toBe("until 2026-11-23 14:02:11 EST, or");
    for (const text of ["2025-13-01T08:00:00Z", "2025-09-01T25:00:00Z", "2025-09-01T08:00:60Z", "2025-02-30T08:00:00Z"])
      expect(told(`${text} is none`)).toBe(`${text} is none`);
    for (const typed of ['--since "2999-01-01T00:00:00Z"', "TIMESTAMP '2026-11-23T19:02:11Z'"])
      expect(told(`${typed} lies in the future`)).toBe(`${typed} lies in the future`);
  });
});

describe("a table", () => {
  it("aligns numbers to the right and texts to the left, and keeps each row on one line", async () => {
    const rows = rowsOf(["customer", 148, null], ["refund\n", 27, "9007199254740993"], ["日本", 2653, "1"]);
    const lines = await collected(tableLines(["type", "count", "big"], rows, { paint: plain, cellLimit: null }));
    expect(lines).toEqual([
      "type      count               big",
      "customer    148              NULL",
      "refund\\n     27  9007199254740993",
      "日本       2653                 1",
    ]);
  });

  it("has its heading also without rows", async () => {
    expect(await collected(tableLines(["a", "b"], rowsOf(), { paint: plain, cellLimit: null }))).toEqual(["a  b"]);
  });

  it("cuts long cells only when told to, and never through a character", async () => {
    const cut = await collected(tableLines(["a"], rowsOf(["xx😀😀"]), { paint: plain, cellLimit: 4 }));
    expect(cut[1]).toBe("xx…");
  });
});

describe("CSV", () => {
  it("tells NULL from an empty text and quotes what needs it", () => {
    expect(csvRecord([null, "", 'a "b", c', "x\ny", true, 1.5, " lead"])).toBe(
      ',"","a ""b"", c","x\ny",true,1.5," lead"\n',
    );
  });
});

describe("colour", () => {
  it("appears on a terminal only, and not where NO_COLOR is set", () => {
    expect(createPaint(output(true), {}).green("x")).toBe("\u001b[32mx\u001b[39m");
    expect(createPaint(output(true), { NO_COLOR: "1" }).green("x")).toBe("x");
    expect(createPaint(output(true), { TERM: "dumb" }).green("x")).toBe("x");
    expect(createPaint(output(false), {}).green("x")).toBe("x");
  });
});

describe("an error", () => {
  it("is an instruction: what failed, what to do, and the code that documentation has", () => {
    const failure = {
      code: "SOURCE_FORBIDDEN",
      message: "refused by Stripe (403): this key may not read refunds",
      hint: "edit the key in Stripe's dashboard, then run again: the checkpoint was kept, nothing will be read twice",
      facts: { requestId: "req_8fK2" },
      problems: [],
      exitCode: 4,
      stack: null,
    } as const;
    expect(
      failureLines(failure, {
        paint: plain,
        columns: 80,
        timeZone: () => "America/Toronto",
        subject: "stripe_ingest_refunds",
      }),
    ).toEqual([
      "✗ stripe_ingest_refunds: refused by Stripe (403): this key may not read refunds",
      "  Edit the key in Stripe's dashboard, then run again: the checkpoint was kept,",
      "  nothing will be read twice.",
      "  request req_8fK2   code SOURCE_FORBIDDEN   exit 4",
    ]);
  });
});

describe("an error that tells a time", () => {
  it("tells it where its reader is, and asks for the zone only then", () => {
    const failure = {
      code: "ALREADY_RUNNING",
      message: "`x.duckdb` is in use by process 7, since 2026-11-23T19:02:11.123Z",
      hint: "it ends at 2026-07-01T04:00:00Z",
      facts: {},
      problems: [],
      exitCode: 6,
      stack: null,
    } as const;
    const lines = failureLines(failure, { paint: plain, columns: 100, timeZone: () => "America/Toronto" });
    expect(lines.slice(0, 2)).toEqual([
      "✗ `x.duckdb` is in use by process 7, since 2026-11-23 14:02:11 EST",
      "  It ends at 2026-07-01 00:00:00 EDT.",
    ]);
    const asked = (): string => expect.unreachable("there is no time to tell");
    const timeless = { ...failure, message: "no file", hint: "make one" };
    expect(failureLines(timeless, { paint: plain, columns: 100, timeZone: asked })).toHaveLength(3);
  });
});

describe("what comes from elsewhere in an error", () => {
  it("moves no cursor and paints nothing, wherever it stands", () => {
    const failure = {
      code: "A\u001b[2J",
      message: "a\u001b[31m",
      hint: "b\u0007",
      facts: { requestId: "req_\u009b1" },
      problems: [{ source: "c\u001b.yaml", line: 1, column: 2, path: "d\u001b", message: "e\ne\u001b" }],
      exitCode: 1,
      stack: null,
    } as const;
    expect(failureLines(failure, { paint: plain, columns: 80, timeZone: () => "UTC" })).toEqual([
      "✗ a\ufffd[31m",
      "  c\ufffd.yaml:1:2  d\ufffd: e\\ne\ufffd",
      "  B\ufffd.",
      "  request req_\ufffd1   code A\ufffd[2J   exit 1",
    ]);
  });
});

describe("wrap", () => {
  it("breaks between words and leaves a long word whole", () => {
    expect(wrap("a bb  ccc https://example.com/long d", 6)).toEqual(["a bb", "ccc", "https://example.com/long", "d"]);
  });
});

describe("completion scripts", () => {
  const words: CompletionWords = {
    commands: [
      {
        name: "run",
        summary: "bring objects",
        flags: [
          { name: "--dry-run", takes: "nothing" },
          { name: "--since", takes: "text" },
        ],
        words: ["stripe_ingest_refunds"],
      },
      { name: "jobs", summary: "list the jobs", flags: [], words: ["list", "show"] },
      { name: "jobs list", summary: "list", flags: [], words: [] },
      { name: "jobs show", summary: "show", flags: [], words: ["stripe_ingest_refunds"] },
      { name: "help", summary: "a command's help", flags: [], words: ["run"] },
    ],
    globalFlags: [
      { name: "--json", takes: "nothing" },
      { name: "--config", takes: "file" },
    ],
  };

  it.each(["zsh", "fish"] as const)("are whole for %s", (shell) => {
    expect(completionScript(shell, words)).toMatchSnapshot();
  });
});
