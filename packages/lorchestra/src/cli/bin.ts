import { enableCompileCache } from "./compile-cache.js";

enableCompileCache();
// Imported only now: what is imported before the cache is on is compiled at every start.
const { runProcess } = await import("./process/run-process.js");
await runProcess();
