import { mensio } from "stripe-sandbox";
import { describe, expect, it } from "vitest";
import { Mirror } from "../../src/testing/index.js";
import { STREAM_NAMES } from "./filled-account.js";
import { runInto, startRig, streamOf } from "./rig.js";

const DAY_MS = 86_400_000;

describe.each(STREAM_NAMES)("a day on which nothing happens to %s of a small account", (name) => {
  it("costs three requests at most, and what was read is as it was", { timeout: 60_000 }, async () => {
    const rig = await startRig({ scenario: mensio() });
    const mirror = new Mirror();
    const { listedHashes } = mirror;
    await runInto(rig, mirror, streamOf(rig.open(), name), { listedHashes });
    const hashes = new Map([...mirror.rows].map(([id, { contentHash }]) => [id, contentHash]));
    // So many that the sweep has come to the oldest and begun anew.
    for (let day = 1; day <= mirror.rows.size / 100 + 3; day += 1) {
      rig.clock.advance(DAY_MS);
      rig.sandbox.requests.clear();
      const run = await runInto(rig, mirror, streamOf(rig.open(), name), { listedHashes });
      expect(rig.sandbox.requests.count, `day ${day}`).toBeLessThanOrEqual(3);
      expect(run.deletes).toEqual([]);
    }
    expect(new Map([...mirror.rows].map(([id, { contentHash }]) => [id, contentHash]))).toEqual(hashes);
  });
});
