import type { ConnectionSettings } from "../config/project.js";
import type { Settings } from "../config/settings.js";
import { LorchestraError } from "../errors.js";

/** The connection of this name, or all of them without one. Throws where there is none. */
export function connectionsNamed(named: string | undefined, settings: Settings): ConnectionSettings[] {
  const found = settings.connections.filter(({ name }) => named === undefined || name === named);
  if (found.length > 0) return found;
  const names = settings.connections.map(({ name }) => name);
  const none = settings.file === null ? NO_FILE : `Add one under connections: in ${settings.file}.`;
  if (named === undefined) throw new LorchestraError("CONFIG_INVALID", "no connection is configured", { hint: none });
  throw new LorchestraError("USAGE_INVALID", `there is no connection ${JSON.stringify(named.slice(0, 80))}`, {
    hint: names.length > 0 ? `There are: ${names.join(", ")}.` : none,
  });
}

/** What to do where no configuration was found. */
export const NO_FILE = "There is no lorchestra.yaml here or in a folder above: `lorchestra init` writes one.";
