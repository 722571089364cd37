import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queryRig, type Cell, type QueryRig } from "./query-rig.js";

/** Single expressions and their values, by group. */
export type ExpressionCases = Readonly<Record<string, readonly (readonly [expression: string, value: Cell])[]>>;

/**
 * Tests that each expression has the value that BigQuery's documentation gives or implies
 * (https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all).
 */
export function testExpressions(what: string, groups: ExpressionCases): void {
  describe(`${what} have the values that BigQuery documents`, () => {
    let rig: QueryRig;
    beforeAll(async () => {
      rig = await queryRig();
    });
    afterAll(() => rig[Symbol.asyncDispose]());

    describe.each(Object.entries(groups))("%s", (_group, cases) => {
      it.each(cases)("%s", async (expression, value) => {
        expect(await rig.row(`SELECT ${expression}`)).toEqual([value]);
      });
    });
  });
}
