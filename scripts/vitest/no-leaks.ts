import { afterAll } from "vitest";

/**
 * Fails a test file that leaves a server, a connection or a child process behind: in a program that would be a port that
 * is still taken, or a process that never ends.
 */
const LEAKS = ["TCPServerWrap", "TCPSocketWrap", "ProcessWrap"];

/** Closing takes a moment. */
const PATIENCE_MS = 2_000;

const atStart = leaking();

afterAll(async () => {
  const givenUpAtMs = performance.now() + PATIENCE_MS;
  while (leaking() > atStart && performance.now() < givenUpAtMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const left = process.getActiveResourcesInfo().filter((name) => LEAKS.includes(name));
  if (left.length > atStart) throw new Error(`the tests of this file left open: ${left.join(", ")}`);
});

function leaking(): number {
  return process.getActiveResourcesInfo().filter((name) => LEAKS.includes(name)).length;
}
