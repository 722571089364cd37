import { type Sandbox, type SandboxOptions, startSandbox } from "stripe-sandbox";
import { onTestFinished } from "vitest";
import { stripeSource, type StripeSourceOptions } from "../../src/index.js";
import type { Source } from "../../src/source.js";
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
