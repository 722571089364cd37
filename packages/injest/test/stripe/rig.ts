import { type Sandbox, type SandboxOptions, startSandbox } from "stripe-sandbox";
import { expect, onTestFinished } from "vitest";
import { SourceError, stripeSource, type StripeSourceOptions } from "../../src/index.js";
import type { Source, Stream } from "../../src/source.js";
import type { Mirror, MirrorRun } from "../../src/testing/index.js";
import type { ObjectType, StreamName } from "./filled-account.js";
import { SteppedClock } from "./stepped-clock.js";

/** A sandbox and a clock that its readers share. */
export interface Rig {
  readonly clock: SteppedClock;
  readonly sandbox: Sandbox;
  /** Opens a source, as a new process would; it is closed when the test ends. */
  open(options?: Partial<StripeSourceOptions>): Source;
}

export async function startRig(options: SandboxOptions = {}): Promise<Rig> {
  const clock = new SteppedClock();
  const sandbox = await startSandbox({ ...options, clock: { now: clock.now, sleep: clock.sleepOrWake } });
  onTestFinished(() => sandbox.close());
  return {
    clock,
    sandbox,
    open(sourceOptions = {}) {
      const source = stripeSource({
        apiKey: sandbox.key,
        apiBase: sandbox.url,
        clock,
        share: 1,
        random: () => 0.5,
        ...sourceOptions,
      });
      onTestFinished(() => source.close());
      return source;
    },
  };
}

/** Runs a stream into a mirror until it ends. */
export function runInto(
  rig: Rig,
  mirror: Mirror,
  stream: Stream<unknown>,
  options: MirrorOptions = {},
): Promise<MirrorRun> {
  return rig.clock.run(mirror.run(stream, options));
}

export type MirrorOptions = NonNullable<Parameters<Mirror["run"]>[1]>;

/** Every object that exists, and no other, as it is now. */
export function expectTruth(rig: Rig, mirror: Mirror, type: ObjectType): void {
  const truth = new Map(
    [...rig.sandbox.truth(type)].flatMap(({ id, json, deleted }) =>
      deleted ? [] : [[id, JSON.parse(json) as unknown]],
    ),
  );
  const { objects } = mirror;
  expect([...objects.keys()].toSorted()).toEqual([...truth.keys()].toSorted());
  for (const [id, object] of truth) expect(objects.get(id)).toEqual(object);
}

/** The error that a failing operation throws. */
export async function failureOf(work: Promise<unknown>): Promise<SourceError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

export function streamOf(source: Source, name: StreamName): Stream<unknown> {
  const stream = source.streams[name];
  if (!stream) throw new Error(`no stream ${name}`);
  return stream;
}
