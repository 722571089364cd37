import type { Source } from "injest";
import type { ConnectionSettings } from "../config/project.js";
import { type HeadStart, headStart } from "../runs/read/head-start.js";

/** The sources of a run's connections, one each, and the reads of their streams that were begun before the jobs. */
export interface RunSources {
  /** Opens those that are not open yet; no request is sent. Throws what `openSource` throws. */
  open(): Promise<void>;
  /** Begins to read a stream of an open source, unless it is being read already, or there is none of that name. */
  begin(connection: ConnectionSettings, stream: string): void;
  /** Throws a RangeError for one that is not open. */
  of(connection: ConnectionSettings): Source;
  /** The read of a stream that was begun; of several jobs that ask for it the first one has it. */
  takeBegun(connection: ConnectionSettings, stream: string | null): HeadStart | undefined;
  /** Closes all, and ends the reads that nobody has taken. */
  close(): Promise<void>;
}

export interface RunSourcesOptions {
  readonly connections: readonly ConnectionSettings[];
  readonly openSource: (connection: ConnectionSettings) => Promise<Source>;
  /** Ends the reads that were begun. */
  readonly signal: AbortSignal;
}

export function runSources({ connections, openSource, signal }: RunSourcesOptions): RunSources {
  const sources = new Map<string, Source>();
  const begun = new Map<string, HeadStart>();
  return {
    async open() {
      for (const connection of connections)
        if (!sources.has(connection.name)) sources.set(connection.name, await openSource(connection));
    },
    begin(connection, name) {
      const stream = sources.get(connection.name)?.streams[name];
      const key = keyOf(connection, name);
      if (stream !== undefined && !begun.has(key)) begun.set(key, headStart(stream, signal));
    },
    of(connection) {
      const source = sources.get(connection.name);
      if (source === undefined) throw new RangeError(`connection ${connection.name} was not composed`);
      return source;
    },
    takeBegun(connection, stream) {
      const key = keyOf(connection, stream);
      const taken = begun.get(key);
      begun.delete(key);
      return taken;
    },
    async close() {
      await Promise.allSettled([...sources.values()].map((source) => source.close()));
      await Promise.allSettled([...begun.values()].map((each) => each.drop()));
    },
  };
}

function keyOf(connection: ConnectionSettings, stream: string | null): string {
  return JSON.stringify([connection.name, stream]);
}
