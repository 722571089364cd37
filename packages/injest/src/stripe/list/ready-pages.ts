import type { Listed } from "../../source.js";
import type { Delivery } from "../slices/delivery.js";
import type { CheckedItem } from "./page.js";

/** A page that is complete, or a part of one that is not, on its way to whoever reads. */
export interface ReadyPage<T> {
  readonly value: T;
  /** Null for a part of a page, which stays open. */
  readonly delivery: Delivery<CheckedItem> | null;
  readonly listed: readonly Listed[];
  readonly sizeBytes: number;
}

/** Pages and parts of pages, and their bytes, that may wait: enough to keep the line busy while a batch is written. */
const MOST = { pages: 12, sizeBytes: 8 * 1024 * 1024 };

/** Pages and parts of pages that wait to be taken, in the order in which they became ready. */
export class ReadyPages<T> {
  readonly #waiting: ReadyPage<T>[] = [];
  #sizeBytes = 0;

  /** Whether more may be asked for. What was asked for before is put in all the same. */
  get hasRoom(): boolean {
    return this.#waiting.length < MOST.pages && this.#sizeBytes < MOST.sizeBytes;
  }

  put(page: ReadyPage<T>): void {
    this.#waiting.push(page);
    this.#sizeBytes += page.sizeBytes;
  }

  take(): ReadyPage<T> | undefined {
    const page = this.#waiting.shift();
    this.#sizeBytes -= page?.sizeBytes ?? 0;
    return page;
  }
}
