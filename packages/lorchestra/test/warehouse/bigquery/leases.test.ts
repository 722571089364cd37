import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { upsert } from "../../../src/testing/changes.js";
import { commitChanges, failure, loadOptions, THINGS } from "../../../src/testing/warehouse-context.js";
import type { Load } from "../../../src/warehouse/warehouse.js";
import { currentHolder, holderText } from "../../../src/warehouse/bigquery/lease/holder.js";
import { testBigQuery } from "../bigquery-emulator.js";
import { newPlace, quickPace, type BigQueryPlace } from "../bigquery-places.js";
import {
  doneJob,
  forTheFirst,
  isCommit,
  isLoad,
  neverSeenToEnd,
  refusal,
  type FaultProxy,
  type SeenRequest,
} from "./fault-proxy.js";
import { eachProxiedPlace } from "./proxied-place.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const bigQuery = await testBigQuery();

describe.skipIf(bigQuery === null)("the lease of a run that has died", () => {
  if (bigQuery === null) return;
  let place: BigQueryPlace;

  beforeEach(async () => {
    place = await newPlace(bigQuery, "leases");
    await using warehouse = await place.open();
    await warehouse.prepare();
    await commitChanges(warehouse, [upsert("a")]);
  });

  afterEach(() => place.remove());

  /** As a process leaves the row that ended without a word. */
  async function left(host: string, pid: number, secondsLeft: number): Promise<void> {
    const holder = holderText({ ...currentHolder(), host, pid }, "x");
    await place.select(`UPDATE ${place.tableName("leases")}
SET holder = '${holder}', run_id = 'run-dead', acquired_at = CURRENT_TIMESTAMP(),
  expires_at = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL ${secondsLeft} SECOND)
WHERE TRUE`);
  }

  /** No process has it: pids end below. */
  const NOBODY = 2 ** 22 + 1;

  it("elsewhere holds up the next run until it ends, and that run says until when", async () => {
    await left("another-machine", NOBODY, 60);
    await using warehouse = await place.open();
    const error = await failure("ALREADY_RUNNING", () => warehouse.beginLoad(THINGS, loadOptions()));
    expect(error.facts).toMatchObject({ run_id: "run-dead", host: "another-machine", pid: NOBODY });
    const until = String(error.facts["until"]);
    expect(error.hint).toContain(until);
    const waitMs = Date.parse(until) - Date.now();
    expect(waitMs).toBeLessThanOrEqual(60_000);

    // A minute, since the clock that says so is the Date of an answer: whole seconds, and late at a busy emulator.
    await left("another-machine", NOBODY, -60);
    expect(await commitChanges(warehouse, [upsert("b")])).toMatchObject({ inserted: 1 });
  });

  it("on this machine holds up nobody", async () => {
    await left(currentHolder().host, NOBODY, 60);
    await using warehouse = await place.open();
    expect(await commitChanges(warehouse, [upsert("b")])).toMatchObject({ inserted: 1 });
  });

  it("is a minute at most from when it was taken", async () => {
    await using warehouse = await place.open();
    await using _load = await warehouse.beginLoad(THINGS, loadOptions());
    const seconds = await place.select(
      `SELECT TIMESTAMP_DIFF(expires_at, acquired_at, SECOND) FROM ${place.tableName("leases")}`,
    );
    expect(seconds).toEqual([["60"]]);
  });
});

const origin = bigQuery?.origin ?? null;

describe.skipIf(bigQuery === null || origin === null)("a lease in trouble", () => {
  if (bigQuery === null || origin === null) return;
  const proxied = eachProxiedPlace(bigQuery, origin, "leases");
  let place: BigQueryPlace;
  let proxy: FaultProxy;

  beforeEach(async () => {
    ({ proxy, place } = proxied());
    await using warehouse = await place.open();
    await warehouse.prepare();
  });

  const openQuickly = (runId = "run-1") => place.open({ runId }, { pace: quickPace() });
  const makesRow = ({ jobId }: SeenRequest): boolean => jobId.startsWith("lorchestra_lease_");
  const takes = ({ jobId }: SeenRequest): boolean => jobId.includes("_acquire_");

  it.each(["billingNotEnabled", "stopped", "invalidQuery"])(
    "is made although the job that every process derives alike has failed for good: %s",
    async (reason) => {
      const spent = new Set<string>();
      proxy.faults = [
        forTheFirst(1, makesRow, async (seen) => {
          spent.add(seen.jobId);
          return doneJob(seen.jobId, reason);
        }),
        // As BigQuery keeps a job that has failed: whoever sends its id again gets it.
        async (seen) => (spent.has(seen.jobId) ? doneJob(seen.jobId, reason) : undefined),
      ];
      for (const id of ["a", "b"]) {
        await using warehouse = await openQuickly();
        expect(await commitChanges(warehouse, [upsert(id)])).toMatchObject({ inserted: 1 });
      }
    },
  );

  it("is taken although its own UPDATE was given up after it took effect", async () => {
    proxy.faults = neverSeenToEnd(takes);
    await using warehouse = await openQuickly();
    expect(await commitChanges(warehouse, [upsert("a")])).toMatchObject({ inserted: 1 });
  });

  it("that has passed, as amid a commit that takes longer, is kept while nobody takes it", async () => {
    const pass = () =>
      place.select(
        `UPDATE ${place.tableName("leases")} SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE holder IS NOT NULL`,
      );
    await using warehouse = await openQuickly();
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    await load.append([upsert("a")]);
    await pass();
    expect(await load.commit(null)).toMatchObject({ inserted: 1 });
    await pass();
    proxy.faults = [forTheFirst(1, isCommit, async (seen) => doneJob(seen.jobId, "invalidQuery"))];
    await load.append([upsert("b")]);
    expect(await load.commit(null)).toMatchObject({ inserted: 1 });
    await pass();
    await using other = await openQuickly("run-2");
    await using _taken = await other.beginLoad(THINGS, loadOptions(THINGS, "run-2"));
    await load.append([upsert("c")]);
    await failure("LEASE_LOST", () => load.commit(null));
    // Whoever has lost it frees nothing.
    await load[Symbol.asyncDispose]();
    const holding = await place.select(`SELECT run_id FROM ${place.tableName("leases")} WHERE holder IS NOT NULL`);
    expect(holding).toEqual([["run-2"]]);
  });

  it("that another has taken is told as lost, not the staged rows that went with it", async () => {
    await using warehouse = await openQuickly();
    await using other = await openQuickly("run-2");
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const taken: Load[] = [];
    proxy.faults = [
      forTheFirst(1, isLoad, async () => {
        await place.select(
          `UPDATE ${place.tableName("leases")} SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE TRUE`,
        );
        taken.push(await other.beginLoad(THINGS, loadOptions(THINGS, "run-2")));
        return undefined;
      }),
    ];
    await load.append([upsert("a")]);
    await failure("LEASE_LOST", () => load.commit(null));
    for (const each of taken) await each[Symbol.asyncDispose]();
  });

  it("is freed, too, after a commit whose result could not be read", async () => {
    await using warehouse = await openQuickly();
    proxy.faults = [
      async ({ path }) =>
        path.startsWith("queries/") && path.includes("_commit_") ? refusal(403, "accessDenied") : undefined,
    ];
    await failure("WAREHOUSE_REFUSED", () => commitChanges(warehouse, [upsert("a")]));
    expect(await place.select(`SELECT holder FROM ${place.tableName("leases")}`)).toEqual([[null]]);
  });

  it("that has passed is renewed while nobody takes it", async () => {
    await using warehouse = await place.open({}, { pace: quickPace(), renewEveryMs: 50 });
    await using load = await warehouse.beginLoad(THINGS, loadOptions());
    const leases = place.tableName("leases");
    await place.select(`UPDATE ${leases} SET expires_at = TIMESTAMP '2020-01-01 00:00:00+00' WHERE holder IS NOT NULL`);
    const isHeld = `SELECT 1 FROM ${leases} WHERE expires_at > CURRENT_TIMESTAMP()`;
    while ((await place.select(isHeld)).length === 0) await load.append([]);
    await load.append([upsert("a")]);
    expect(await load.commit(null)).toMatchObject({ inserted: 1 });
  });

  it("is not lost where a renewal has looked at the leases just before it was taken", async () => {
    await using warehouse = await place.open({}, { pace: quickPace(), renewEveryMs: 50 });
    await using _load = await warehouse.beginLoad(THINGS, loadOptions());
    const renewals = (): number => proxy.seen.filter(({ jobId }) => jobId.includes("_renew_")).length;
    let isTaken = false;
    let hasLooked = false;
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    };
    proxy.faults = [
      forTheFirst(
        1,
        ({ path }) => path.endsWith("/tables/leases/data"),
        async (_, forward) => {
          const answer = await forward();
          hasLooked = true;
          await until(() => isTaken);
          return answer;
        },
      ),
    ];
    await until(() => hasLooked);
    const others = { ...THINGS, stream: "others" };
    await using other = await warehouse.beginLoad(others, loadOptions(others));
    const before = renewals();
    isTaken = true;
    await until(() => renewals() > before);
    await other.append([upsert("a")]);
    expect(await other.commit(null)).toMatchObject({ inserted: 1 });
  });

  it.each(["a renewal", "a commit"])(
    "that could not be freed passes, although %s renews another of the same process",
    async (renewing) => {
      const leases = place.tableName("leases");
      const renewEveryMs = renewing === "a renewal" ? 50 : 3_600_000;
      await using warehouse = await place.open({}, { pace: quickPace(), renewEveryMs });
      const others = { ...THINGS, stream: "others" };
      await using load = await warehouse.beginLoad(others, loadOptions(others));
      const unfreed = await warehouse.beginLoad(THINGS, loadOptions());
      proxy.faults = [async (seen) => (seen.jobId.includes("_release_") ? refusal(403, "accessDenied") : undefined)];
      await unfreed[Symbol.asyncDispose]();
      const passed = `expires_at = TIMESTAMP '2020-01-01 00:00:00+00'`;
      const names = (condition: string) =>
        place.select(`SELECT name FROM ${leases} WHERE holder IS NOT NULL AND ${condition} ORDER BY name`);
      await place.select(`UPDATE ${leases} SET ${passed} WHERE holder IS NOT NULL`);
      await load.append([upsert("a")]);
      if (renewing === "a commit") await load.commit(null);
      while ((await names("expires_at > CURRENT_TIMESTAMP()")).length === 0) await load.append([]);
      expect(await names(passed)).toEqual([["stripe/stripe-acme/things"]]);
      await using other = await place.open({ runId: "run-2" }, { pace: quickPace() });
      expect(await commitChanges(other, [upsert("b")], { runId: "run-2" })).toMatchObject({ inserted: 1 });
    },
  );

  it("is not taken from this process's own load", async () => {
    await using warehouse = await openQuickly();
    await using _load = await warehouse.beginLoad(THINGS, loadOptions());
    const error = await failure("ALREADY_RUNNING", () => warehouse.beginLoad(THINGS, loadOptions()));
    expect(error.facts).toMatchObject({ pid: process.pid });
  });

  it("waits for a transaction in its way, such as a killed run's last, and names it a busy warehouse if that does not end", async () => {
    await using warehouse = await openQuickly();
    const inTheWay = async (seen: SeenRequest) => doneJob(seen.jobId, "invalidQuery");
    proxy.faults = [forTheFirst(3, takes, inTheWay)];
    expect(await commitChanges(warehouse, [upsert("a")])).toMatchObject({ inserted: 1 });
    proxy.faults = [async (seen) => (takes(seen) ? inTheWay(seen) : undefined)];
    expect((await failure("WAREHOUSE_BUSY", () => commitChanges(warehouse, [upsert("b")]))).remedy).toBe("retry");
  });

  it("is one, whoever comes, where a late INSERT has left its stream a second row", async () => {
    await using first = await openQuickly("run-1");
    await using second = await openQuickly("run-2");
    expect(await commitChanges(first, [upsert("a")])).toMatchObject({ inserted: 1 });
    const leases = place.tableName("leases");
    // Epochs are text: the highest is that of the greatest number. One row before the one that counts, one behind it.
    const [[name = ""] = []] = await place.select(`SELECT name FROM ${leases}`);
    await place.select(`UPDATE ${leases} SET epoch = '10' WHERE TRUE`);
    await place.select(`INSERT INTO ${leases} (name, epoch) VALUES ('${name}', '0'), ('${name}', '9')`);
    {
      await using _load = await first.beginLoad(THINGS, loadOptions());
      await failure("ALREADY_RUNNING", () => second.beginLoad(THINGS, loadOptions(THINGS, "run-2")));
    }
    expect(await commitChanges(second, [upsert("b")], { runId: "run-2" })).toMatchObject({ inserted: 1 });
    expect(await commitChanges(first, [upsert("c")])).toMatchObject({ inserted: 1 });
  });

  it("is lost to nobody who has looked before the row that counts was there", async () => {
    await using first = await openQuickly("run-1");
    await using second = await openQuickly("run-2");
    await commitChanges(first, [upsert("a")]);
    const leases = place.tableName("leases");
    const [[name = "", epoch = "0"] = []] = await place.select(`SELECT name, epoch FROM ${leases}`);
    // Between the look and the UPDATE another process takes the lease, on a row of its own.
    proxy.faults = [
      forTheFirst(1, takes, async (_, forward) => {
        await place.select(`INSERT INTO ${leases} (name, epoch, holder, expires_at)
VALUES ('${name}', '${Number(epoch) + 1}', 'another', TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 60 SECOND))`);
        return forward();
      }),
    ];
    await failure("ALREADY_RUNNING", () => second.beginLoad(THINGS, loadOptions(THINGS, "run-2")));
    expect(proxy.seen.filter(isCommit)).toHaveLength(1);
  });
});
