import { readFileSync } from "node:fs";

/** Processor time of a task, in ms. */
export async function cpu(task) {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The process's memory, now and at its most. */
export function memory() {
  const status = readFileSync("/proc/self/status", "utf8");
  const megabytes = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  return `RSS ${megabytes("VmRSS")} MB, peak ${megabytes("VmHWM")} MB`;
}
