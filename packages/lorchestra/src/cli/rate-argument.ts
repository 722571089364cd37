import { isRate } from "../config/fields.js";
import { LorchestraError } from "../errors.js";

/** Parses the value of --max-rate: requests a second, or a share of the limit such as "50%". Throws USAGE_INVALID. */
export function parseRate(text: string | undefined): number | string | null {
  if (text === undefined) return null;
  const rate = text.trim().endsWith("%") ? text.trim() : Number(text);
  if (isRate(rate)) return rate;
  throw new LorchestraError("USAGE_INVALID", `--max-rate ${JSON.stringify(text.slice(0, 40))} is no rate`, {
    hint: "For example: --max-rate 10 for ten requests a second, --max-rate 50% for half of Stripe's limit.",
  });
}
