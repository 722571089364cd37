/**
 * Runs `body` again and again for about a second, after a warm-up, and returns milliseconds of CPU for a call: the
 * process's own user and system time, so that garbage collection on other threads counts too.
 */
export async function cpuMsPerCall(body, { warmUpMs = 500, measureMs = 1000 } = {}) {
  for (let endMs = performance.now() + warmUpMs; performance.now() < endMs; ) await body();
  const before = process.cpuUsage();
  let calls = 0;
  for (let endMs = performance.now() + measureMs; performance.now() < endMs; calls++) await body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

/** Prints one line a case: the name and milliseconds of CPU for a call. */
export async function report(title, cases) {
  console.log(title);
  for (const [name, body] of Object.entries(cases)) {
    const ms = await cpuMsPerCall(body);
    console.log(`  ${name.padEnd(60)} ${ms.toFixed(3)} ms`);
  }
}
