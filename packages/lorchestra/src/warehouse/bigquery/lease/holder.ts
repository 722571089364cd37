import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process on a machine, named so that its end can be told: a pid alone is given out again. */
export interface Holder {
  readonly host: string;
  /** Changes when the machine starts, and differs between containers that have pids of their own. */
  readonly machine: string;
  readonly pid: number;
  /** When the process started, in whatever unit the system has; "" where it cannot be told. */
  readonly started: string;
}

/** A holder as the lease's row keeps it: with a mark of the one warehouse, of perhaps several, that the process has open. */
export function holderText(holder: Holder, instance: string): string {
  return JSON.stringify({ ...holder, instance });
}

/** This process. */
export function currentHolder(): Holder {
  return { host: hostname(), machine: machineId(), pid: process.pid, started: startOf(process.pid) ?? "" };
}

/** True only when it is sure: the process lived on this machine, since its last start, and is gone. */
export function isDead(holder: Holder, here: Holder): boolean {
  if (holder.machine === "" || holder.machine !== here.machine || holder.host !== here.host) return false;
  const started = startOf(holder.pid);
  return started === null || (holder.started !== "" && started !== "" && started !== holder.started);
}

/** Null for a text that names no holder. */
export function parseHolder(text: string | null): Holder | null {
  if (text === null || text === "") return null;
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    const { host, machine, pid, started } = value ?? {};
    if (typeof host !== "string" || typeof machine !== "string" || typeof started !== "string") return null;
    return typeof pid === "number" ? { host, machine, pid, started } : null;
  } catch {
    // Written by something else: then nothing is known of it, and only its lease's end frees it.
    return null;
  }
}

function machineId(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return run("sysctl", "-n", "kern.boottime");
  }
}

/** Null when there is no such process. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; field 22 is counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie has ended, although its pid is still taken.
    return fields[0] === "Z" ? null : (fields[19] ?? "");
  } catch {
    return run("ps", "-o", "lstart=", "-p", String(pid));
  }
}

function run(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 2000 }).trim();
  } catch {
    // Unknown: no holder is then taken for dead.
    return "";
  }
}
