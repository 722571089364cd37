import { LorchestraError } from "../errors.js";

/** One thing that is wrong with the configuration, and where. */
export interface ConfigProblem {
  /** The file, "the environment", or a flag such as "--warehouse". */
  readonly source: string;
  /** Counted from 1; null where there is none. */
  readonly line: number | null;
  readonly column: number | null;
  /** Dotted, as in the file: "connections.stripe-mensio.api_key_env"; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what to write instead. Never a value that may be a secret. */
  readonly message: string;
}

/** The configuration cannot be used; all of its problems are known and told together, those of each source from its top down. */
export class ConfigInvalidError extends LorchestraError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const sources = [...new Set(problems.map((problem) => problem.source))];
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const verb = sources.length === 1 ? "has" : "have";
    super("CONFIG_INVALID", `${sources.join(" and ")} ${verb} ${count}`, {
      hint: "Mend what is listed, then run again; docs/configuration.md has every setting.",
    });
    this.problems = sources.flatMap((source) => fromTheTop(problems.filter((problem) => problem.source === source)));
  }
}

/** Those without a line come last. */
function fromTheTop(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const lineOf = ({ line }: ConfigProblem): number => line ?? Number.MAX_SAFE_INTEGER;
  return problems.toSorted((a, b) => lineOf(a) - lineOf(b) || (a.column ?? 0) - (b.column ?? 0));
}
