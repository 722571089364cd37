import { startSandbox } from "stripe-sandbox";
import { stripeSource } from "../../src/index.js";
import type { SourceWorld } from "../../src/testing/index.js";
import { change, create, fill, KINDS, remove, STREAM_NAMES, type StreamName } from "./filled-account.js";
import { SteppedClock } from "./stepped-clock.js";

const DAY_SECONDS = 86_400;

/** A sandbox as the conformance suite wants it, with objects of these streams. */
export async function conformanceWorld(streams: readonly StreamName[] = STREAM_NAMES): Promise<SourceWorld> {
  const clock = new SteppedClock();
  const sandbox = await startSandbox({ clock: { now: clock.now, sleep: clock.sleepOrWake }, latency: 100 });
  const start = Math.floor(clock.now() / 1000);
  // Four to six days ago, two in each second; a crowd; and as many again in the two years before.
  const seconds = [
    ...Array.from({ length: 150 }, (_, index) => start - 4 * DAY_SECONDS - 900 * (index >> 1)),
    ...Array.from({ length: 130 }, () => start - 20 * DAY_SECONDS),
    ...Array.from({ length: 150 }, (_, index) => start - 30 * DAY_SECONDS - 400_000 * index),
  ];
  for (const name of streams) fill(sandbox, KINDS[name].type, seconds);
  const kind = (name: string) => KINDS[name as StreamName];
  return {
    open: () => stripeSource({ apiKey: sandbox.key, apiBase: sandbox.url, clock, share: 1, random: () => 0.5 }),
    run: (work) => clock.run(work),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    requests: () => sandbox.requests.count,
    objects: (name) =>
      [...sandbox.truth(kind(name).type)]
        .filter(({ deleted }) => !deleted)
        .map(({ id, json }) => ({ id, json, created: (JSON.parse(json) as { created: number }).created })),
    create: (name) => create(sandbox, name as StreamName, Math.floor(clock.now() / 1000)),
    change: (name, id) => change(sandbox, name as StreamName, id),
    delete: (name, id) => remove(sandbox, name as StreamName, id),
    remove: () => sandbox.close(),
  };
}
