import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.js";
import { type Disturbance, killPlan, killsIn, type Life } from "./kill-plan.js";

const disturbances = (lives: readonly Life[]): Disturbance[] =>
  lives.flatMap(({ rounds }) => rounds.flatMap(({ disturbed }) => disturbed.map(({ by }) => by)));

describe("the plan of a seed", () => {
  it("is the same each time, and another one for another seed", () => {
    const kills = { duckdb: 40, bigquery: 10 };
    expect(killPlan(7, kills)).toEqual(killPlan(7, kills));
    expect(killPlan(8, kills)).not.toEqual(killPlan(7, kills));
  });

  it("has as many kills as were asked for, of each warehouse", () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const { lives } = killPlan(seed, { duckdb: 40, bigquery: 10 });
      for (const [warehouse, asked] of [
        ["duckdb", 40],
        ["bigquery", 10],
      ] as const) {
        const planned = lives.filter((life) => life.warehouse === warehouse).map(killsIn);
        const sum = planned.reduce((total, count) => total + count, 0);
        expect(sum).toBeGreaterThanOrEqual(asked);
        expect(sum).toBeLessThanOrEqual(asked + 1);
      }
    }
  });

  it("spreads moments evenly over a run, and has every other kind of disturbance", () => {
    const by = disturbances(killPlan(1, { duckdb: 500, bigquery: 100 }).lives);
    const shares = by.flatMap((each) =>
      each.kind === "kill" && each.moment.kind === "time" ? [each.moment.share] : [],
    );
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const within = shares.filter((share) => share >= tenth / 10 && share < (tenth + 1) / 10).length;
      expect(within / shares.length).toBeGreaterThan(0.07);
      expect(within / shares.length).toBeLessThan(0.13);
    }
    const kinds = by.map((each) => (each.kind === "kill" ? `kill by ${each.moment.kind}` : each.kind));
    expect([...new Set(kinds)].sort()).toEqual([
      "kill by failpoint",
      "kill by file",
      "kill by request",
      "kill by statement",
      "kill by time",
      "overlap",
      "pause",
      "signal",
    ]);
  });
});

describe("a JSON text in canonical form", () => {
  it.each([
    ['{"a":1,"b":[true,null]}', ' { "b" : [ true , null ] , "a" : 1 } '],
    ['{"n":1.10,"m":-100}', '{"n":11e-1,"m":-1E2}'],
    ['{"s":"\\u00e9\\/","z":-0.0}', '{"s":"é/","z":0}'],
    ["[]", "[ ]"],
  ])("is one for %s and %s", (one, other) => {
    expect(canonicalJson(one)).toBe(canonicalJson(other));
  });

  it.each([
    ["9007199254740993", "9007199254740992"],
    ["1.1000000000000000001", "1.1"],
    ['"1"', "1"],
    ["[[],1]", "[1,[]]"],
    ['{"a":{},"b":1}', '{"a":{"b":1}}'],
    ['"a b"', '"ab"'],
  ])("differs for %s and %s", (one, other) => {
    expect(canonicalJson(one)).not.toBe(canonicalJson(other));
  });
});
