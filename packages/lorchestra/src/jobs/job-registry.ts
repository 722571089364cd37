import { LorchestraError } from "../errors.js";
import type { Job } from "./job.js";

/** The jobs that `lorchestra run` knows, by name. */
export interface JobRegistry {
  /** In the order of registration. */
  readonly jobs: readonly Job[];
  get(name: string): Job | undefined;
}

/** Puts jobs together: those that come with lorchestra, then a project's own. Throws JOB_MODULE_INVALID when two have one name. */
export function createJobRegistry(builtIn: readonly Job[], extra: readonly Job[] = []): JobRegistry {
  const byName = new Map<string, Job>();
  for (const job of [...builtIn, ...extra]) {
    if (byName.has(job.name)) {
      throw new LorchestraError("JOB_MODULE_INVALID", `two jobs have the name \`${job.name}\``, {
        hint: "give the job of your module another name",
        facts: { job: job.name },
      });
    }
    byName.set(job.name, job);
  }
  return { jobs: [...byName.values()], get: (name) => byName.get(name) };
}
