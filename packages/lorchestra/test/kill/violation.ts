/** Something that must never happen has happened. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws them all together, if there are any. */
export function throwProblems(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : "";
  throw new Violation(`${what}:\n  ${problems.slice(0, SHOWN).join("\n  ")}${more}`);
}

const SHOWN = 8;
