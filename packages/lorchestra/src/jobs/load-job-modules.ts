import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { LorchestraError } from "../errors.js";
import type { Job } from "./job.js";
import { placeInModule } from "./place-in-module.js";

/**
 * Imports the modules that `lorchestra.yaml` names under `jobs:` and returns their jobs. A module's exports, default
 * and named, are jobs or arrays of jobs; one that is neither is a mistake, and is told with all the others.
 * `paths` are absolute; `syntaxLine` says at which line a module is no JavaScript. Throws JOB_MODULE_INVALID.
 */
export async function loadJobModules(paths: readonly string[], syntaxLine: SyntaxLine): Promise<Job[]> {
  const jobs = new Map<string, Job>();
  const problems: string[] = [];
  const causes: unknown[] = [];
  for (const path of paths) {
    const exported = await importModule(path, problems, causes, syntaxLine);
    for (const [name, value] of exported) {
      for (const candidate of Array.isArray(value) ? (value as unknown[]) : [value]) {
        const problem = problemOf(candidate, jobs);
        if (problem !== null) problems.push(`${path}: export \`${name}\` ${problem}`);
        else jobs.set((candidate as Job).name, candidate as Job);
      }
    }
  }
  if (problems.length > 0) {
    throw new LorchestraError("JOB_MODULE_INVALID", problems.join("; "), {
      hint:
        problems.length === causes.length
          ? "mend the module, or its name under jobs: in lorchestra.yaml; a relative one is relative to that file"
          : "export jobs only: each needs `name`, `description`, `provider`, `stream` (or null) and `run(context)`",
      facts: { problems: problems.length },
      ...(causes.length > 0 && { cause: causes[0] }),
    });
  }
  return [...jobs.values()];
}

/** Null where the module itself is all right: then some other that it imports is not. */
type SyntaxLine = (path: string) => number | null;

async function importModule(
  path: string,
  problems: string[],
  causes: unknown[],
  syntaxLine: SyntaxLine,
): Promise<[string, unknown][]> {
  try {
    const exported = Object.entries((await import(pathToFileURL(path).href)) as Record<string, unknown>);
    if (exported.length === 0) problems.push(`${path}: exports nothing`);
    return exported;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code;
    // The module's own message is left to the cause: it may quote what the module read.
    causes.push(error);
    if (!existsSync(path)) {
      problems.push(`${path}: there is no such file`);
      return [];
    }
    const kind = code ?? (error instanceof Error ? error.name : "no error");
    const line = error instanceof SyntaxError ? syntaxLine(path) : null;
    const place = line === null ? placeInModule(path, error) : `line ${line}`;
    problems.push(`${path}: cannot be imported (${kind})${place === null ? "" : `: ${place}`}`);
    return [];
  }
}

function problemOf(candidate: unknown, earlier: ReadonlyMap<string, Job>): string | null {
  if (candidate === null || typeof candidate !== "object")
    return `is ${candidate === null ? "null" : typeof candidate}, not a job`;
  const job = candidate as Partial<Record<keyof Job, unknown>>;
  if (typeof job.name !== "string" || !/^[a-z][a-z0-9_]*$/.test(job.name)) {
    return "has no `name` of lower-case letters, digits and underscores";
  }
  for (const field of ["description", "provider"] as const) {
    if (typeof job[field] !== "string" || job[field] === "") return `(\`${job.name}\`) has no \`${field}\``;
  }
  if (job.stream !== null && typeof job.stream !== "string")
    return `(\`${job.name}\`) has no \`stream\`: name one, or null`;
  if (typeof job.run !== "function") return `(\`${job.name}\`) has no \`run\` function`;
  // One job under two export names, such as `default`, is one job.
  return (earlier.get(job.name) ?? candidate) === candidate ? null : `has the name of another job, \`${job.name}\``;
}
