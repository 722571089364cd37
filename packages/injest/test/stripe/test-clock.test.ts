import { expect, it } from "vitest";
import type { JsonValue } from "../../src/json-value.js";
import { Mirror } from "../../src/testing/index.js";
import { fill } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;

/** Invoices of the last months and, of a test clock that was advanced, of the months to come. https://docs.stripe.com/billing/testing/test-clocks */
async function startAhead(): Promise<{ rig: Rig; mirror: Mirror }> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  fill(
    rig.sandbox,
    "invoice",
    Array.from({ length: 240 }, (_, index) => now + (120 - index) * DAY - 5),
  );
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  expectTruth(rig, mirror, "invoice");
  expect(objectsIn(mirror)).toBe(120);
  return { rig, mirror };
}

const objectsIn = (mirror: Mirror): JsonValue | undefined =>
  (mirror.cursor as Record<string, JsonValue | undefined>)["objects"];

it("what a test clock has created in time to come is counted once, when its day has come, in however many runs it is listed", async () => {
  const { rig, mirror } = await startAhead();
  for (let day = 1; day <= 5; day += 1) {
    rig.clock.advance(DAY * 1000);
    await runInto(rig, mirror, streamOf(rig.open(), "invoices"));
  }
  expect(objectsIn(mirror)).toBe(125);
});
