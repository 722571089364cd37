import { once } from "node:events";
import { isatty } from "node:tty";
import { LorchestraError } from "../../errors.js";
import { describeFailure } from "../failure.js";
import type { Output } from "../io.js";
import { failureLines } from "../output/failure-lines.js";
import { createPaint } from "../output/paint.js";

export interface ProcessOutput extends Output {
  /** Why it could not be written, where that is no reader who left. */
  readonly failure: NodeJS.ErrnoException | null;
}

export function outputOf(stream: NodeJS.WriteStream & { readonly fd: number }): ProcessOutput {
  let isClosed = false;
  let failure: NodeJS.ErrnoException | null = null;
  // The reader of a pipe may leave at any time, as `head` does: no failure of ours. A full disk is one.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    isClosed = true;
    if (error.code !== "EPIPE") failure ??= error;
  });
  return {
    write: async (text) => {
      if (isClosed || stream.write(text)) return;
      // The one that did not come would go on listening, one more for each wait.
      const isOver = new AbortController();
      const options = { signal: isOver.signal };
      try {
        await Promise.race([once(stream, "drain", options), once(stream, "close", options)]);
      } catch {
        // An error of the stream's own: its listener above has taken note of it.
      } finally {
        isOver.abort();
      }
    },
    isTerminal: isatty(stream.fd),
    get columns() {
      return stream.columns || 80;
    },
    get isClosed() {
      return isClosed;
    },
    get failure() {
      return failure;
    },
  };
}

/** Waits until all that was written to it is gone. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writable) stream.write("", () => resolve());
    else resolve();
  });
}

/** Tells whoever may still read it that the output could not be written. */
export async function tellUnwritten({ code }: NodeJS.ErrnoException, stderr: Output): Promise<void> {
  const error = new LorchestraError(
    "OUTPUT_FAILED",
    `the output could not be written (${code ?? "for an unknown reason"})`,
    {
      hint: "Make room where it goes and run the command again; what a run committed is safe.",
    },
  );
  const paint = createPaint(stderr, process.env);
  const lines = failureLines(describeFailure(error), { paint, columns: stderr.columns, timeZone: () => "UTC" });
  await stderr.write(`${lines.join("\n")}\n`);
}
