/**
 * Prints one line a case: its name and milliseconds of CPU for a call, or for each of the `units` that a call does.
 *
 * CPU is the process's own user and system time, so that garbage collection on other threads counts too. The cases take
 * turns, and the median of their rounds counts: other work on the machine hits all of them alike.
 */
export async function report(title, cases, units = 1) {
  const rounds = new Map(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, body] of Object.entries(cases)) {
      const ms = await cpuMsPerCall(body);
      // The first round warms up.
      if (round > 0) rounds.get(name).push(ms / units);
    }
  }
  console.log(title);
  for (const [name, all] of rounds) {
    const sorted = all.toSorted((one, other) => one - other);
    console.log(`  ${name.padEnd(60)} ${sorted[sorted.length >> 1].toFixed(3)} ms`);
  }
}

async function cpuMsPerCall(body) {
  const before = process.cpuUsage();
  let calls = 0;
  for (const endMs = performance.now() + ROUND_MS; performance.now() < endMs; calls++) await body();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

const ROUNDS = 10;
const ROUND_MS = 250;
