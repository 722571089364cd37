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
