import type { SandboxClock } from "../clock.js";
import type { FaultRules } from "../faults/fault-rules.js";
import type { Random } from "../random.js";
import type { ApiSettings } from "./api-settings.js";
import type { KeyRing } from "./key-ring.js";
import type { createRequestLog } from "./request-log.js";

/** What the server needs to know of its sandbox. */
export interface ApiContext {
  readonly clock: SandboxClock;
  readonly keys: KeyRing;
  readonly log: ReturnType<typeof createRequestLog>;
  readonly random: Random;
  readonly settings: ApiSettings;
  readonly faults: FaultRules;
  readonly refuseFor: (ms: number) => void;
  /** Answers what stands under `/_sandbox/`. Returns JSON, or throws. */
  readonly control: (path: string, body: string) => Promise<unknown>;
}
