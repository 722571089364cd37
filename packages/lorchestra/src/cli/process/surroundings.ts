import { LorchestraError } from "../../errors.js";

/** UTC where `TZ` is set and empty, which POSIX means by it: Node then names a zone that its own formats refuse. */
export function machineTimeZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  try {
    Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    return "UTC";
  }
}

/** The folder may have been deleted under the process; another in its place would be one where nobody meant to work. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new LorchestraError("CONFIG_UNREADABLE", "the working directory does not exist any more", {
      hint: "Go to the project's folder anew, with cd, and run the command there; or name its file by an absolute path, with --config.",
      cause,
    });
  }
}
