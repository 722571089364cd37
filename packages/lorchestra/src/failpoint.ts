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

/** Kills this process with SIGKILL, so that no clean-up runs, if the failpoint of this name is armed and its time has come. */
export function failpoint(name: string): void {
  if (armed === null || armed.name !== name) return;
  if (armed.passesLeft === 0) process.kill(process.pid, "SIGKILL");
  armed.passesLeft -= 1;
}
