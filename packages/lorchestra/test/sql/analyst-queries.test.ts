import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QUESTIONS } from "./analyst-questions.js";
import { queryRig, type Cell, type QueryRig } from "./query-rig.js";
import { loadSampleAccount } from "./sample-account.js";

describe.each(["TIMESTAMPTZ", "TIMESTAMP"] as const)(
  "analysts' questions, with instants stored as %s",
  (instantType) => {
    let rig: QueryRig;
    beforeAll(async () => {
      rig = await queryRig();
      await loadSampleAccount(rig, instantType);
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    it.each(QUESTIONS)("$title", async ({ sql, answer }) => {
      const rows = await rig.rows(sql);
      // A stored instant is shown as it is stored, with or without its zone.
      const shown = instantType === "TIMESTAMP" ? answer.map(withoutZone) : answer;
      expect(rows).toEqual(shown);
    });
  },
);

function withoutZone(row: Record<string, Cell>): Record<string, Cell> {
  const { created_at: createdAt, ...rest } = row;
  return typeof createdAt === "string" ? { ...rest, created_at: createdAt.replace("+00", "") } : row;
}
