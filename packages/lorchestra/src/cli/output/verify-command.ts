import { shellFlags } from "./shell-word.js";

export interface VerifiedPlace {
  readonly config?: string;
  readonly warehouse?: string;
  readonly connection?: string;
  readonly testTable?: boolean;
}

/** A verification to be pasted into a shell: of these jobs, or all, in this project, warehouse, connection and tables. */
export function verifyCommand(
  jobs: readonly string[] | "all",
  { config, warehouse, connection, testTable }: VerifiedPlace,
): string {
  return [
    "lorchestra verify",
    ...(jobs === "all" ? ["--all"] : jobs),
    ...shellFlags({ config, warehouse, connection }),
    ...(testTable ? ["--test-table"] : []),
  ].join(" ");
}
