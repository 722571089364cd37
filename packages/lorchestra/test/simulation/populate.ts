import type { Sandbox } from "stripe-sandbox";
import { createRandom, type Random } from "../../src/testing/random.js";
import type { Ids, ObjectType } from "./apply-change.js";
import type { AccountPlan } from "./scenario.js";
import type { VirtualTime } from "./virtual-time.js";

/** Gives the account its past, up to now. Invoices have up to 60 lines, few of them more than ten. */
export function populate(sandbox: Sandbox, ids: Ids, time: VirtualTime, plan: AccountPlan): void {
  const random = createRandom(plan.seed);
  const endMs = time.nowMs + plan.days * 86_400_000;
  const hotSeconds = [time.nowMs + 1_000, Math.floor((time.nowMs + endMs) / 2_000) * 1_000];
  const births: { readonly atMs: number; readonly objectType: ObjectType }[] = [];
  const plant = (objectType: ObjectType, count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const isHot = random.chance(plan.hotShare);
      const hotMs = hotSeconds[random.integer(2)] ?? endMs;
      births.push({ objectType, atMs: isHot ? hotMs : time.nowMs + random.integer(endMs - time.nowMs) });
    }
  };
  plant("customer", plan.customers);
  plant("invoice", plan.invoices);
  plant("payment_intent", plan.paymentIntents);
  plant("refund", plan.refunds);
  births.sort((one, other) => one.atMs - other.atMs);

  for (let index = 0; index < plan.undated; index += 1) {
    const id = `cus_undated${index}`;
    sandbox.put("customer", `{"id":"${id}","object":"customer","created":null,"n":${index}}`);
    ids.add("customer", id);
  }
  for (const { atMs, objectType } of births) {
    time.advance(Math.max(0, atMs - time.nowMs));
    give(sandbox, ids, objectType, random);
  }
  time.advance(endMs - time.nowMs);
}

function give(sandbox: Sandbox, ids: Ids, objectType: ObjectType, random: Random): void {
  if (objectType === "customer") {
    ids.add("customer", sandbox.customers.create({ name: `Customer ${random.integer(1_000)}` }).id);
  } else if (objectType === "invoice") {
    const lines = random.integer(random.chance(0.9) ? 4 : 61);
    const { id } = sandbox.invoices.create({}, lines);
    ids.add("invoice", id);
    if (random.chance(0.7)) sandbox.invoices.finalize(id);
  } else if (objectType === "payment_intent") {
    const { id } = sandbox.paymentIntents.create({ amount: 1 + random.integer(100_000) });
    ids.add("payment_intent", id);
    if (random.chance(0.5)) sandbox.paymentIntents.succeed(id);
  } else {
    const { id: intent } = sandbox.paymentIntents.create({ amount: 5_000 });
    sandbox.paymentIntents.succeed(intent);
    ids.add("payment_intent", intent);
    ids.add("refund", sandbox.refunds.create({ payment_intent: intent }).id);
  }
}
