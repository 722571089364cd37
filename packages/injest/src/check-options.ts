import { types } from "node:util";
import { SourceError } from "./errors.js";

/** What an option takes. */
export interface OptionRule {
  /** In words: "a valid Date". */
  readonly takes: string;
  readonly accepts: (value: unknown) => boolean;
  /** It may not be left out. */
  readonly isRequired?: boolean;
}

export const TIME: OptionRule = {
  takes: "a valid Date",
  accepts: (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
};

export function numberUpTo(most: number): OptionRule {
  return {
    takes: most === Infinity ? "a number above 0" : `a number above 0, and ${most} at most`,
    accepts: (value) => typeof value === "number" && value > 0 && value <= most,
  };
}

/**
 * Throws SOURCE_OPTION_INVALID for options that do not take what they were given, with all of them. Programs in JavaScript
 * have no types that would tell, and what is wrong here would else be read as something else, or fail somewhere within.
 *
 * No value is repeated: one that is in the wrong place may be a key.
 */
export function checkOptions<O extends object>(
  options: O,
  rules: { readonly [name in keyof O]?: OptionRule | undefined },
): void {
  const entries = Object.entries(rules) as [string, OptionRule][];
  const wrong = entries.filter(([name, { accepts, isRequired = false }]) => {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? isRequired : !accepts(value);
  });
  if (wrong.length === 0) return;
  const said = wrong.map(([name, { takes }]) => `\`${name}\` is not ${takes}`);
  throw new SourceError("SOURCE_OPTION_INVALID", `an option cannot be used: ${said.join("; ")}`, {
    hint: `Give ${wrong.map(([name, { takes }]) => `${takes} as \`${name}\``).join(", ")}${
      wrong.some(([, { isRequired }]) => isRequired) ? "." : ", or leave it out."
    }`,
  });
}
