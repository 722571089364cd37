import type { Source } from "../source.js";

/** What `testSource` has to know of the source it tests. */
export interface SourceHarness {
  /** The streams to test, by name. */
  readonly streams: readonly string[];
  /**
   * Makes a world in which each stream has some hundred objects: created more than a day ago at different times, some in the
   * same second, and so many that reading them takes several batches. Called once a test.
   */
  create(): Promise<SourceWorld>;
}

/** What a source reads, and the hand that changes it. */
export interface SourceWorld {
  /** Opens the source as a new process would. The suite closes it. */
  open(): Source;
  /** Awaits `work`, and lets time pass for it where the world's time is not the real one. */
  run<T>(work: Promise<T>): Promise<T>;
  /** The source's own time, in ms since the epoch. */
  now(): number;
  /** Lets time pass in which nothing happens. */
  advance(ms: number): void;
  /** Requests that the source has got so far. */
  requests(): number;
  /** The objects that exist, as they are now. */
  objects(stream: string): readonly TrueObject[];
  /** Creates an object now, and returns its id. */
  create(stream: string): string;
  /** Changes an object in a way that the source tells of. */
  change(stream: string, id: string): void;
  /** Deletes an object, and the source tells of it. */
  delete(stream: string, id: string): void;
  /** Ends the world. */
  remove(): Promise<void>;
}

export interface TrueObject {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number | null;
  /** JSON with all items of nested lists; white space may differ from what the source sends. */
  readonly json: string;
}
