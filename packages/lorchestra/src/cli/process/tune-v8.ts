import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Sets V8 to a process that works for minutes on little memory of V8's own: its heap is 10 to 25 MB, and what a page leaves
 * behind lies outside of it, in the buffers of its body.
 *
 * - The young generation ends its growth at halves of 4 MB, where it would go on to 16. While it is small these buffers
 *   are freed in time by the cheap collections; with a large one their size has V8 mark the whole heap again and again.
 * - In Node 20 a function is compiled by the optimizing compiler once it has run three times as long as by V8's own
 *   measure, at which much of what is compiled, in threads of its own, never earns its cost. Later ones have a compiler in
 *   between, and another measure.
 * - In Node 20 the heap is marked once it has doubled, where V8 would mark a heap as small as this one sooner.
 *
 * The second saves 3 to 7 % of the processor time of a load of 100,000 objects (`node bench/run.js --only load`), the last 3 to 5 %
 * of 300,000 and 1,000,000, for 3 to 6 MB. V8 reads these flags whenever it would grow or compile; limits of its generations it
 * reads at its start only.
 */
export function tuneV8(): void {
  if (Number.parseInt(process.versions.node) < 22) {
    setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
    setFlagsFromString("--heap-growing-percent=100");
  }
  const timer = setInterval(() => {
    if (youngGenerationBytes() < YOUNG_GENERATION_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    clearInterval(timer);
  }, 50);
  timer.unref();
}

/** Bytes of bytecode, as V8 counts: 132 KB by its own measure in Node 20. */
const INTERRUPT_BUDGET = 400_000;
/** Both halves. */
const YOUNG_GENERATION_BYTES = 8 * 1024 * 1024;

function youngGenerationBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
}
