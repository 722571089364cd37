import { describe, expect, it } from "vitest";
import type { Cursor } from "../../src/source.js";
import { Mirror } from "../../src/testing/index.js";
import { change, fill } from "./filled-account.js";
import { expectTruth, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;

it("this machine's clock, where it is behind, has events read again since the newest that is known, and no further back", async () => {
  const rig = await startRig();
  rig.clock.skewMs = -10 * DAY_MS;
  const now = Math.floor(rig.clock.now() / 1000);
  const [id = ""] = fill(rig.sandbox, "customer", [now - 100 * DAY]);
  const mirror = new Mirror();
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  expect(mirror.cursor).toMatchObject({ listed_until: now - 10 * DAY, feed: { from: now - 10 * DAY - 60 } });
  rig.clock.advance(DAY_MS / 2);
  change(rig.sandbox, "customers", id);
  const changedAt = Math.floor(rig.clock.now() / 1000);
  rig.clock.advance(DAY_MS / 2);
  await runInto(rig, mirror, streamOf(rig.open(), "customers"));
  expect(mirror.cursor).toMatchObject({ listed_until: changedAt, feed: { from: changedAt - 60 } });
});

describe.each([
  ["a small account", 1_000],
  // That large: it is swept by time.
  ["a large account", 25_000],
])("this machine's clock, in %s,", (_, objects) => {
  it.each([0, 400, 12, -12, -400])(
    "may be wrong by %d days: a run lists no more than its share, and all is listed within the sweep's days",
    async (days) => {
      const rig = await startRig();
      rig.clock.skewMs = days * DAY_MS;
      const now = Math.floor(rig.clock.now() / 1000);
      const seconds = Array.from({ length: 1_000 }, (_each, index) => now - 2 * DAY - index * DAY);
      const ids = fill(rig.sandbox, "customer", seconds);
      const mirror = new Mirror();
      await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      mirror.cursor = { ...(mirror.cursor as Record<string, Cursor>), objects };
      rig.clock.advance(DAY_MS / 2);
      for (const id of [0, 100, 350, 700, 999]) change(rig.sandbox, "customers", ids[id] ?? "", false);
      rig.sandbox.requests.clear();
      for (let day = 1; day <= 30; day += 1) {
        rig.clock.advance(DAY_MS);
        await runInto(rig, mirror, streamOf(rig.open(), "customers"));
      }
      expect(rig.sandbox.requests.count / 30).toBeLessThanOrEqual(4);
      expectTruth(rig, mirror, "customer");
    },
  );
});
