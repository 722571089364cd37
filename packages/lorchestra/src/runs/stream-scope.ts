import type { Source, Stream } from "injest";
import { LorchestraError } from "../errors.js";
import type { StreamScope } from "../warehouse/warehouse.js";
import type { RunContext } from "./run-context.js";

/** What a stream of a connection is called in every table. */
export function scopeOf(
  { source, connection }: Pick<RunContext, "source" | "connection">,
  stream: Stream<unknown>,
): StreamScope {
  return {
    sourceSystem: source.name,
    connectionName: connection.name,
    stream: stream.name,
    objectType: stream.objectType,
  };
}

/** Names the shape of a stream's payloads, in `schema_ref`. Their version stands in `api_version`, row by row. */
export function schemaRefOf(scope: StreamScope): string {
  return `${scope.sourceSystem}/${scope.objectType}`;
}

/** Throws JOB_MODULE_INVALID when the source has no such stream. */
export function streamOf(source: Source, jobName: string, streamName: string): Stream<unknown> {
  const stream = Object.hasOwn(source.streams, streamName) ? source.streams[streamName] : undefined;
  if (stream !== undefined) return stream;
  throw new LorchestraError(
    "JOB_MODULE_INVALID",
    `job \`${jobName}\` reads \`${streamName}\`, which ${source.name} does not have`,
    {
      hint: `name one of its streams: ${Object.keys(source.streams).join(", ")}`,
      facts: { job: jobName, stream: streamName },
    },
  );
}
