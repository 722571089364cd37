import { checkOptions, type OptionRule, TIME } from "../check-options.js";
import type { ReadOptions, RetrieveOptions } from "../source.js";

const WINDOW: OptionRule = {
  takes: "an object with `since` or `until`, or without either",
  accepts: (value) => typeof value === "object" && value !== null,
};

const IDS: OptionRule = {
  takes: "an array of ids",
  accepts: (value) => Array.isArray(value) && value.every((id) => typeof id === "string"),
  isRequired: true,
};

/** Throws SOURCE_OPTION_INVALID, as the next one does. */
export function checkReadOptions(options: Pick<ReadOptions, "window" | "firstSince" | "newestReadAt">): void {
  checkOptions(options, { window: WINDOW, firstSince: TIME, newestReadAt: TIME });
  checkOptions(options.window ?? {}, { since: TIME, until: TIME });
}

export function checkRetrieval(ids: readonly string[], options: RetrieveOptions): void {
  checkOptions({ ids }, { ids: IDS });
  checkOptions(options, { newestReadAt: TIME });
}
