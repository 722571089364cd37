import { describe, expect, it } from "vitest";
import type { Cursor, Stream } from "../../src/source.js";
import { Mirror, type MirrorRun } from "../../src/testing/index.js";
import { change, fill, remove } from "./filled-account.js";
import { expectTruth, type Rig, runInto, startRig, streamOf } from "./rig.js";

const DAY = 86_400;
const DAY_MS = DAY * 1000;

interface Account {
  readonly rig: Rig;
  readonly mirror: Mirror;
  readonly ids: string[];
  readonly apiKey: string;
  customers(): Stream<unknown>;
}

/** A stream of a year, read once with a key that may read events, which goes for one of so many objects. */
async function startAccount(objects: number): Promise<Account> {
  const rig = await startRig();
  const now = Math.floor(rig.clock.now() / 1000);
  const ids = fill(
    rig.sandbox,
    "customer",
    Array.from({ length: 700 }, (_, index) => now - (DAY * (index + 2)) / 2),
  );
  const apiKey = rig.sandbox.addKey(["customer_read", "accounts_kyc_basic_read", "event_read"]);
  const mirror = new Mirror();
  const customers = (): Stream<unknown> => streamOf(rig.open({ apiKey }), "customers");
  await runInto(rig, mirror, customers());
  mirror.cursor = { ...(mirror.cursor as Record<string, Cursor>), objects };
  return { rig, mirror, ids, apiKey, customers };
}

const noticesOf = ({ events }: MirrorRun): string[] =>
  events.flatMap((event) => (event.type === "notice" ? [event.code] : []));

/** A stream that ends with its first batch, as if it were interrupted. */
function interrupted(stream: Stream<unknown>): Stream<unknown> {
  return {
    ...stream,
    async *read(options) {
      for await (const batch of stream.read(options)) {
        yield batch;
        return;
      }
    },
  };
}

describe("events that may not be read for a while, of a stream that is too large to be listed whole,", () => {
  it.each([["", false] as const, ["by a run that is interrupted ", true] as const])(
    "are read %sas soon as they may be, from before that while",
    async (_, isInterrupted) => {
      const { rig, mirror, ids, apiKey, customers } = await startAccount(60_000);
      // Older than what is listed without events.
      const [changed = "", deleted = ""] = [ids[600], ids[620]];
      rig.clock.advance(DAY_MS / 2);
      change(rig.sandbox, "customers", changed);
      remove(rig.sandbox, "customers", deleted);
      rig.clock.advance(DAY_MS / 2);
      rig.sandbox.removePermission(apiKey, "event_read");
      const without = await runInto(rig, mirror, isInterrupted ? interrupted(customers()) : customers());
      expect(noticesOf(without)).toEqual(["FEED_FORBIDDEN"]);
      expect(without.upserts.has(changed)).toBe(false);
      rig.clock.advance(DAY_MS);
      rig.sandbox.grantPermission(apiKey, "event_read");
      await runInto(rig, mirror, customers());
      expectTruth(rig, mirror, "customer");
    },
  );

  it("and that Stripe has forgotten by then, have everything listed again", async () => {
    const { rig, mirror, ids, apiKey, customers } = await startAccount(60_000);
    rig.clock.advance(DAY_MS / 2);
    change(rig.sandbox, "customers", ids[600] ?? "");
    rig.sandbox.removePermission(apiKey, "event_read");
    for (let day = 0; day < 10; day += 1) {
      rig.clock.advance(4 * DAY_MS);
      // As large as it says: what the sweep lists would be all there is.
      mirror.cursor = { ...(mirror.cursor as Record<string, Cursor>), objects: 60_000 };
      await runInto(rig, mirror, customers());
    }
    rig.sandbox.grantPermission(apiKey, "event_read");
    rig.clock.advance(DAY_MS / 2);
    expect(noticesOf(await runInto(rig, mirror, customers()))).toEqual(["FEED_EXPIRED"]);
    expectTruth(rig, mirror, "customer");
    rig.clock.advance(DAY_MS);
    expect(noticesOf(await runInto(rig, mirror, customers()))).toEqual([]);
  });
});
