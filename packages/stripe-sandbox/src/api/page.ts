import type { JsonLayout } from "../json/write-json.js";

/** A page of a list before it becomes a body. */
export interface Page {
  /** The objects as JSON text, already laid out for their place in the body. */
  items: readonly string[];
  /** Their ids, in the same order. */
  readonly ids: readonly string[];
  hasMore: boolean;
  readonly url: string;
}

/** Items of a page stand so deep in its body. */
export const PAGE_DEPTH = 2;

export function pageBody({ items, hasMore, url }: Page, layout: JsonLayout): string {
  if (layout === "compact") {
    return `{"object":"list","data":[${items.join(",")}],"has_more":${hasMore},"url":"${url}"}`;
  }
  const data = items.length === 0 ? "[]" : `[\n    ${items.join(",\n    ")}\n  ]`;
  return `{\n  "object": "list",\n  "data": ${data},\n  "has_more": ${hasMore},\n  "url": "${url}"\n}`;
}
