/**
 * Places where a test may kill the process, to prove that the next run ends right. Armed by LORCHESTRA_FAILPOINT, which
 * cli/ reads once; in normal use `failpoint` compares with null and returns.
 */
let armed: { readonly name: string; passesLeft: number } | null = null;

/** Arms one failpoint: "before-commit", or "before-commit:3" for the third time that it is reached. */
export function armFailpoint(spec: string | undefined): void {
  if (spec === undefined || spec === "") {
    armed = null;
    return;
  }
  const [name = "", time = "1"] = spec.split(":");
  armed = { name, passesLeft: Number(time) - 1 };
}

/** Calls `watch` at each failpoint from now on, until it is called with null: for a simulation, in which no process dies. */
export function watchFailpoints(watch: ((name: string) => void) | null): void {
  watcher = watch;
}

let watcher: ((name: string) => void) | null = null;

/** Kills this process with SIGKILL, so that no clean-up runs, if the failpoint of this name is armed and its time has come. */
export function failpoint(name: string): void {
  watcher?.(name);
  if (armed === null || armed.name !== name) return;
  if (armed.passesLeft === 0) process.kill(process.pid, "SIGKILL");
  armed.passesLeft -= 1;
}
