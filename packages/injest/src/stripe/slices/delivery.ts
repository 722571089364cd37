import type { Listed } from "../../source.js";
import type { OpenRange } from "../list/open-range.js";
import type { ListedItem } from "./listed-item.js";

/** What a page brought. */
export interface Delivery<I extends ListedItem> {
  /** Those of its items that no earlier page had. */
  readonly items: readonly I[];
  readonly listed: readonly Listed[];
  /** What has to stay open in a cursor until these items are durable. */
  readonly covers: readonly OpenRange[];
}
