import { systemClock } from "injest/clock";
import { describe, expect, it } from "vitest";
import { type HeadlineConnection, headlineParts } from "../../src/cli/output/headline.js";
import { createPaint } from "../../src/cli/output/paint.js";
import { createProgress } from "../../src/cli/output/progress.js";

/** What a terminal of so many columns shows above the live lines. */
async function shown(connections: readonly HeadlineConnection[], runId: string | null, columns: number) {
  let text = "";
  const output = {
    write: (part: string) => {
      text += part;
      return Promise.resolve();
    },
    isTerminal: false,
    columns,
    isClosed: false,
  };
  const progress = createProgress({
    output,
    isWanted: true,
    paint: createPaint(output, {}),
    clock: systemClock,
    labels: new Map(),
  });
  await progress.announce(headlineParts({ connections, warehouse: "duckdb ./lorchestra.duckdb", runId }));
  return text;
}

const RUN = "01M8QDSMPVANHB5VT77RTM2QF6";
const mensio = { name: "stripe-mensio", apiVersion: "2026-10-28.endive", mode: "live" } as const;

describe("the headline of a run", () => {
  it("says what is read with which kind of key and in which version, and whereto", async () => {
    expect(await shown([mensio], RUN, 120)).toMatchInlineSnapshot(`
      "stripe-mensio → duckdb ./lorchestra.duckdb · run 01M8QDSMPVANHB5VT77RTM2QF6 · API 2026-10-28.endive · live key
      "
    `);
  });

  it("goes on below where the terminal is narrow", async () => {
    expect(await shown([mensio], RUN, 80)).toMatchInlineSnapshot(`
      "stripe-mensio → duckdb ./lorchestra.duckdb · run 01M8QDSMPVANHB5VT77RTM2QF6
        API 2026-10-28.endive · live key
      "
    `);
  });

  it("says of each connection what is not the same for all, and nothing that a key does not tell", async () => {
    const shop = { ...mensio, name: "stripe-shop" };
    expect(await shown([mensio, shop], RUN, 200)).toContain("stripe-mensio, stripe-shop → ");
    expect(await shown([mensio, { ...shop, mode: "test" }], RUN, 200)).toMatchInlineSnapshot(`
      "stripe-mensio (API 2026-10-28.endive, live key), stripe-shop (API 2026-10-28.endive, test key) → duckdb ./lorchestra.duckdb · run 01M8QDSMPVANHB5VT77RTM2QF6
      "
    `);
    expect(await shown([{ ...mensio, mode: null }], RUN, 200)).not.toContain("key");
  });

  it("names no run where nothing is run", async () => {
    expect(await shown([mensio], null, 120)).not.toContain("run");
  });
});
