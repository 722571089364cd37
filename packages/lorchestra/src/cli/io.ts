import type { Clock } from "injest";

/** Everything that the command line may know of the process it runs in, so that a test can be that process. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Reads standard input to its end. */
  readInput(): Promise<string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory, absolute. Throws CONFIG_UNREADABLE where it was deleted: asked only by what needs one. */
  cwd(): string;
  readonly clock: Clock;
  /** IANA name of the zone in which people are told times. */
  timeZone(): string;
  /** Aborted, with an `Interruption`, at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Rejects with an error that nothing caught, which ends the command as a defect. */
  readonly defect: Promise<never>;
}

export interface Output {
  /** Resolves when more may be written. After the reader is gone it does nothing. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Of a terminal; 80 elsewhere. */
  readonly columns: number;
  /** True once the reader is gone, as with `lorchestra sql … | head`. */
  readonly isClosed: boolean;
}

/** The user, or the system, asked to stop: no error. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  readonly signalName: "SIGINT" | "SIGTERM";

  constructor(signalName: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${signalName}`);
    this.signalName = signalName;
  }
}

/** Why the command is to stop; null while it is not. */
export function interruptionOf(signal: AbortSignal): Interruption | null {
  return signal.reason instanceof Interruption ? signal.reason : null;
}

/**
 * The interruption that made something throw; null for a failure of its own, also where that came after the signal.
 * Whatever a library throws when it is aborted counts as interruption once the signal has come.
 */
export function interruptionBehind(thrown: unknown, signal: AbortSignal): Interruption | null {
  const isAbort =
    thrown === signal.reason ||
    (thrown instanceof Error && (thrown.name === "AbortError" || thrown.name === "Interruption"));
  return isAbort ? interruptionOf(signal) : null;
}
