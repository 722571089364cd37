import type { ReadEvent, Stream } from "injest";
import { type Reading, startReading } from "./reading.js";

/**
 * A read that was begun before the warehouse could be asked where to read from, on the guess that it holds nothing: its
 * first requests are under way while the warehouse is being opened.
 */
export interface HeadStart {
  /** Goes on with it: the guess was right. `observe` is told what happened so far, then what happens. */
  take(observe: (event: ReadEvent) => void): Reading;
  /** Ends it: the guess was wrong. */
  drop(): Promise<void>;
}

export function headStart(stream: Stream<unknown>, signal: AbortSignal): HeadStart {
  const unseen: ReadEvent[] = [];
  let tell = (event: ReadEvent): void => void unseen.push(event);
  const reading = startReading(stream, { signal, observe: (event) => tell(event) });
  return {
    take(observe) {
      tell = observe;
      for (const event of unseen.splice(0)) observe(event);
      return reading;
    },
    drop: () => reading.stop(),
  };
}
