import picocolors from "picocolors";
import type { Output } from "../io.js";

/** Colours of one output; plain text where they are not wanted. Colour never carries a meaning alone. */
export type Paint = Pick<
  ReturnType<typeof picocolors.createColors>,
  "bold" | "dim" | "green" | "red" | "yellow" | "cyan"
>;

/** https://no-color.org: set and not empty means no colour, also on a terminal. */
export function createPaint(output: Output, environment: Readonly<Record<string, string | undefined>>): Paint {
  const isPlain = Boolean(environment.NO_COLOR) || environment.TERM === "dumb" || !output.isTerminal;
  return picocolors.createColors(!isPlain);
}
