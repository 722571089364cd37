import { resolve } from "node:path";
import { nearestNames } from "../config/nearest-names.js";
import type { ConnectionSettings } from "../config/project.js";
import type { Settings } from "../config/settings.js";
import { LorchestraError } from "../errors.js";
import type { Job } from "../jobs/job.js";
import { createJobRegistry, type JobRegistry } from "../jobs/job-registry.js";
import { loadJobModules } from "../jobs/load-job-modules.js";
import { BUILT_IN_JOBS } from "../jobs/built-in-jobs.js";
import { NO_FILE } from "./named-connections.js";
import { syntaxLine } from "./syntax-line.js";

/** All jobs of a project: those that come with lorchestra, and those of its own modules. */
export async function loadJobs(settings: Settings): Promise<JobRegistry> {
  const paths = settings.jobModules.map((module) => resolve(settings.directory, module));
  return createJobRegistry(Object.values(BUILT_IN_JOBS), await loadJobModules(paths, syntaxLine));
}

/** The jobs of these names, each once, in the order given. Throws JOB_UNKNOWN with the nearest names. */
export function findJobs(names: readonly string[], registry: JobRegistry): Job[] {
  return [...new Set(names)].map((name) => {
    const job = registry.get(name);
    if (job !== undefined) return job;
    const names = registry.jobs.map((candidate) => candidate.name);
    const near = nearestNames(name, names);
    if (near.length === 0) near.push(...containing(name, names));
    throw new LorchestraError("JOB_UNKNOWN", `there is no job ${JSON.stringify(name.slice(0, 80))}`, {
      hint:
        near.length > 0
          ? `Did you mean ${near.join(" or ")}? \`lorchestra jobs list\` has them all.`
          : "`lorchestra jobs list` has them all.",
    });
  });
}

/** Names of which this is a part, as `customers` is of stripe_ingest_customers. */
function containing(part: string, names: readonly string[]): string[] {
  const wanted = part.toLowerCase().replaceAll("-", "_");
  return wanted.length < 3 ? [] : names.filter((name) => name.includes(wanted)).slice(0, 3);
}

/** The connections that fit a job. */
export function connectionsFor(job: Job, settings: Settings): ConnectionSettings[] {
  return settings.connections.filter((connection) => connection.provider === job.provider);
}

/** The connection that a job runs for: the one that was named, else the only one that fits. */
export function chooseConnection(job: Job, settings: Settings, named: string | undefined): ConnectionSettings {
  const fitting = connectionsFor(job, settings);
  const names = fitting.map((connection) => connection.name);
  if (named !== undefined) {
    const found = fitting.find((connection) => connection.name === named);
    if (found !== undefined) return found;
    const near = nearestNames(named, names)[0];
    throw new LorchestraError("USAGE_INVALID", `${job.name} has no connection ${JSON.stringify(named.slice(0, 80))}`, {
      hint:
        near !== undefined
          ? `Did you mean ${near}?`
          : names.length > 0
            ? `There are: ${names.join(", ")}.`
            : noneFits(job, settings),
    });
  }
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw new LorchestraError("CONNECTION_AMBIGUOUS", `several connections fit ${job.name}: ${names.join(", ")}`, {
      hint: `Name one, for example --connection ${only.name}.`,
    });
  throw new LorchestraError("CONFIG_INVALID", `no connection for ${job.provider} is configured`, {
    hint: noneFits(job, settings),
  });
}

function noneFits(job: Job, settings: Settings): string {
  return settings.file === null
    ? NO_FILE
    : `Add one under connections: in ${settings.file}, with provider: ${job.provider} and api_key_env.`;
}
