import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Has DuckDB keep one pool of freed memory instead of one a core: a statement runs on any of Node's four threads, and what
 * each of them once needed would stay with it.
 *
 * Its allocator, jemalloc, reads this when the library is loaded; other allocators do not know it. See MALLOC_CONF in
 * https://jemalloc.net/jemalloc.3.html
 */
export function keepOneMemoryPool(environment: NodeJS.ProcessEnv): void {
  environment["DUCKDB_JE_MALLOC_CONF"] ??= "narenas:1";
}

/**
 * Ends the growth of V8's young generation at halves of 4 MB, where it would go on to 16.
 *
 * What a page leaves behind is little in V8's heap and much outside of it, in the buffers of its body. While the young
 * generation is small these are freed in time by the cheap collections. With a large one their size has V8 mark the whole
 * heap again and again.
 *
 * V8 reads the factor whenever the young generation would grow. A limit of its own it reads at its start only.
 */
export function keepYoungGenerationSmall(): void {
  const timer = setInterval(() => {
    if (youngGenerationBytes() < YOUNG_GENERATION_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    clearInterval(timer);
  }, 50);
  timer.unref();
}

/** Both halves. */
const YOUNG_GENERATION_BYTES = 8 * 1024 * 1024;

function youngGenerationBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
}
