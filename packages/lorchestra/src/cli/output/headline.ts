/** What is said of a connection before its jobs begin. */
export interface HeadlineConnection {
  readonly name: string;
  readonly apiVersion: string;
  /** Null where the key does not say. */
  readonly mode: "live" | "test" | null;
}

export interface Headline {
  readonly connections: readonly HeadlineConnection[];
  /** The warehouse's label. */
  readonly warehouse: string;
  /** Null where nothing is run. */
  readonly runId: string | null;
}

/**
 * What is read, and whereto: "stripe-mensio → duckdb ./x.duckdb", "run 01JDFK", "API 2026-10-28.endive", "live key". What is the same
 * for all connections is said once, else each one has it beside its name.
 */
export function headlineParts({ connections, warehouse, runId }: Headline): string[] {
  const facts = connections.map(factsOf);
  const areAlike = new Set(facts.map((each) => each.join())).size === 1;
  const names = connections.map(({ name }, index) =>
    areAlike ? name : `${name} (${(facts[index] ?? []).join(", ")})`,
  );
  return [
    `${names.join(", ")} → ${warehouse}`,
    ...(runId === null ? [] : [`run ${runId}`]),
    ...(areAlike ? (facts[0] ?? []) : []),
  ];
}

function factsOf({ apiVersion, mode }: HeadlineConnection): string[] {
  return [`API ${apiVersion}`, ...(mode === null ? [] : [`${mode} key`])];
}
