// Loaded into a measured process with --import: on exit, writes what the whole process used to the file in BENCH_USAGE.
import { writeFileSync } from "node:fs";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssMb: maxRSS / 1024 };
  writeFileSync(process.env["BENCH_USAGE"] ?? "/dev/null", JSON.stringify(usage));
});
