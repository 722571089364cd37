import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type JsonObject, type JsonValue, scale, startSandbox } from "../src/index.js";
import { get } from "./client.js";

/** Computed from Stripe's sample objects by scripts/fixture-shapes.js. */
const SHAPES = JSON.parse(readFileSync(new URL("fixtures/shapes.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string>
>;

/** What Stripe's samples have and its API leaves out unless a request expands it. */
const EXPANDED_ONLY = new Set(["charge.refunds"]);

/** Seen in Stripe's documentation of the object, and in none of its samples. */
const BEYOND_THE_SAMPLES = new Set([
  "charge.outcome.risk_level",
  "event.data.previous_attributes",
  "invoice.lines.data[].pricing.price_details",
  "payment_intent.automatic_payment_methods.allow_redirects",
  "refund.destination_details.card.reference_status",
  "refund.destination_details.card.reference_type",
  "refund.failure_reason",
]);

describe("objects have the keys and types of Stripe's samples", () => {
  it("in the practice's account, after some days of life", async () => {
    await using sandbox = await startSandbox({ scenario: "mensio" });
    sandbox.live(5, { seed: 1 });
    for (const type of ["customer", "invoice", "payment_intent", "refund", "charge", "event"]) {
      const objects = [...sandbox.truth(type)].map(({ json }) => JSON.parse(json) as JsonObject);
      expect(objects.length).toBeGreaterThan(20);
      for (const object of objects) expect(differences(type, object)).toEqual([]);
    }
  });

  it("in a computed account", async () => {
    const objectTypes = ["customer", "invoice", "payment_intent", "refund"] as const;
    await using sandbox = await startSandbox({ scenario: scale({ count: 20, objectTypes }) });
    for (const type of objectTypes) {
      for (const { json } of sandbox.truth(type)) expect(differences(type, JSON.parse(json) as JsonObject)).toEqual([]);
    }
  });

  it("for the account itself and for a deleted customer", async () => {
    await using sandbox = await startSandbox();
    expect(differences("account", (await get(sandbox, "/v1/account")).json)).toEqual([]);
    const { id } = sandbox.customers.create();
    sandbox.customers.delete(id);
    expect(differences("deleted_customer", (await get(sandbox, `/v1/customers/${id}`)).json)).toEqual([]);
  });

  it("and the comparison finds a key too few, a key too many and a wrong type", () => {
    expect(differences("deleted_customer", { id: 1, object: "customer", wrong: true })).toEqual([
      "deleted_customer.deleted is missing",
      "deleted_customer.id is a number, not a string",
      "deleted_customer.wrong is in no sample",
    ]);
  });
});

/** Where an object differs from the samples. null is allowed everywhere; objects that the samples show empty are free. */
function differences(type: string, object: JsonObject): string[] {
  const shape = SHAPES[type] ?? {};
  const found = new Set<string>();
  const compare = (value: JsonValue, path: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) compare(item, `${path}[]`);
      return;
    }
    if (value === null || typeof value !== "object" || path === "data.object" || path === "data.previous_attributes")
      return;
    const inside = path === "" ? "" : `${path}.`;
    const wanted = Object.keys(shape).filter((key) => key.startsWith(inside) && !/[.[]/.test(key.slice(inside.length)));
    for (const key of wanted) {
      if (!(key.slice(inside.length) in value) && !EXPANDED_ONLY.has(`${type}.${key}`))
        found.add(`${type}.${key} is missing`);
    }
    for (const [name, member] of Object.entries(value)) {
      const key = inside + name;
      const sample = shape[key];
      if (BEYOND_THE_SAMPLES.has(`${type}.${key}`)) continue;
      if (sample === undefined) {
        if (wanted.length > 0) found.add(`${type}.${key} is in no sample`);
        continue;
      }
      const actual = member === null ? "null" : Array.isArray(member) ? "array" : typeof member;
      if (actual !== sample && actual !== "null" && sample !== "null") {
        found.add(`${type}.${key} is a ${actual}, not a ${sample}`);
      }
      compare(member, key);
    }
  };
  compare(object, "");
  return [...found].toSorted();
}
