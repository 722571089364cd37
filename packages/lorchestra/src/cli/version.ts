import { readFileSync } from "node:fs";

/** The version of this package, as published. */
export function readVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** What `version --json` prints. */
export function versionDocument(): { readonly version: string; readonly node: string } {
  return { version: readVersion(), node: process.version };
}
