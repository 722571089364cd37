import type { ReadEvent, Stream } from "injest";
import { type Reading, startReading } from "./reading.js";

/**
 * A read that was begun before the warehouse could be asked where to read from, on the guess that it holds nothing: its
 * first requests are under way while the warehouse is being opened.
 */
export interface HeadStart {
  /** Goes on with it, if it is of this stream and nobody has it yet; `observe` is told what happened so far, then what happens. */
  take(stream: Stream<unknown>, observe: (event: ReadEvent) => void): Reading | null;
  /** Ends it, unless somebody has it. */
  drop(): Promise<void>;
}

export function headStart(of: Stream<unknown>, signal: AbortSignal): HeadStart {
  const unseen: ReadEvent[] = [];
  let tell = (event: ReadEvent): void => void unseen.push(event);
  let reading: Reading | null = startReading(of, { signal, observe: (event) => tell(event) });
  return {
    take(stream, observe) {
      if (stream !== of || reading === null) return null;
      tell = observe;
      for (const event of unseen.splice(0)) observe(event);
      const taken = reading;
      reading = null;
      return taken;
    },
    async drop() {
      await reading?.stop();
      reading = null;
    },
  };
}
