import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { HORIZON_SECONDS } from "../../../src/stripe/list/read-slices.js";
import type { ListedItem } from "../../../src/stripe/slices/listed-item.js";
import { SlicePlan } from "../../../src/stripe/slices/slice-plan.js";
import { AccountModel } from "./account-model.js";

const NOW = 1_790_000_000;

/** An item as a page brings it: a part of the body, which is in memory as long as any of them. */
interface ItemOfBody extends ListedItem {
  readonly body: object;
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

it("a plan keeps nothing of the pages that were taken, wherever it reads on from them", async () => {
  const crowds = [1, 2, 3].flatMap((month) => Array.from({ length: 900 }, () => NOW - month * 2_592_000));
  const others = Array.from({ length: 6_000 }, (_, index) => NOW - index * 1_800);
  const account = new AccountModel([...crowds, ...others]);
  const plan = new SlicePlan({
    ranges: [{ from: null, until: null, after: null }],
    pageLimit: 100,
    horizon: HORIZON_SECONDS,
    oldestKnown: null,
  });
  const bodies: WeakRef<object>[] = [];
  let upwards = 0;

  /** Answers eight requests at a time, as they would be under way together. */
  function readOn(): void {
    const pace = { requestsPerSecond: 25, latencySeconds: 0.3 };
    const requests = Array.from({ length: 8 }, () => plan.next(pace)).filter((request) => request !== null);
    for (const request of requests) {
      const answer = account.answer(request, 100);
      if (answer === "token lost") throw new Error("nothing was removed");
      const body = {};
      bodies.push(new WeakRef(body));
      if (request.direction === "up") upwards += 1;
      const items: ItemOfBody[] = answer.items.map(({ id, created }) => ({ id, created, body }));
      plan.received(request, items, answer.hasMore);
    }
  }

  /** In turns of their own: what a WeakRef was made of, or asked for, lives to the end of the turn. */
  const turn = <T>(task: () => T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(task())));

  while (!plan.done) {
    await turn(readOn);
    // V8's own notes on the code that ran keep one for a few collections.
    let kept = Infinity;
    for (let rounds = 0; rounds < 10 && kept > 0; rounds += 1) {
      await turn(collectGarbage);
      kept = await turn(() => bodies.filter((body) => body.deref() !== undefined).length);
    }
    expect(kept).toBe(0);
  }
  expect(bodies.length).toBeGreaterThan(80);
  expect(upwards).toBeGreaterThan(5);
});

it("what is left open names an object by its id and time, also above the range that is read", () => {
  const plan = new SlicePlan({
    ranges: [{ from: NOW - 1000, until: NOW - 500, after: { id: "a", created: NOW, beside: [] } }],
    pageLimit: 100,
    horizon: HORIZON_SECONDS,
    oldestKnown: null,
  });
  const request = plan.next({ requestsPerSecond: 25, latencySeconds: 0.3 });
  if (request === null) throw new Error("nothing is asked for");
  const items: ItemOfBody[] = [1, 2].map((age) => ({ id: `b${age}`, created: NOW - age, body: {} }));
  plan.received(request, items, true);
  expect(plan.open()).toEqual([
    { from: NOW - 1000, until: NOW - 1, after: { id: "b2", created: NOW - 2, beside: null } },
  ]);
});
