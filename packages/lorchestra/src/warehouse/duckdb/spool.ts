import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";

/** Where a text lies in the spool. */
export interface SpooledText {
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Texts that wait in a file, so that memory does not grow with what is staged.
 *
 * The file has no name once it is open: nothing of it survives the process, however it ends.
 */
export interface Spool {
  /** UTF-8; copied. */
  write(text: Uint8Array): SpooledText;
  /** In the order of the places, which may be any; quickest where they follow each other. */
  read(places: readonly SpooledText[]): Uint8Array[];
  /** Forgets all texts. */
  clear(): void;
  close(): void;
}

/** Opens nothing before the first text. */
export function createSpool(path: string): Spool {
  let file: number | null = null;
  let size = 0;
  let buffer = Buffer.alloc(0);
  let buffered = 0;

  function open(): number {
    const opened = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return opened;
  }

  function flush(): void {
    if (file === null) return;
    for (let written = 0; written < buffered;) {
      written += writeSync(file, buffer, written, buffered - written, size - buffered + written);
    }
    buffered = 0;
  }

  return {
    write(text) {
      file ??= open();
      const offset = size;
      const sizeBytes = text.length;
      if (sizeBytes > buffer.length - buffered) {
        flush();
        if (sizeBytes > buffer.length) buffer = Buffer.allocUnsafeSlow(sizeBytes);
      }
      buffer.set(text, buffered);
      buffered += sizeBytes;
      size += sizeBytes;
      return { offset, sizeBytes };
    },
    read(places) {
      flush();
      const texts: Uint8Array[] = [];
      for (let first = 0; first < places.length;) {
        const run = contiguousRun(places, first);
        const bytes = readRun(file ?? open(), run);
        for (const { offset, sizeBytes } of run) {
          const start = offset - (run[0]?.offset ?? 0);
          texts.push(bytes.subarray(start, start + sizeBytes));
        }
        first += run.length;
      }
      return texts;
    },
    clear() {
      size = 0;
      buffered = 0;
      if (buffer.length > BUFFER_BYTES) buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
      if (file !== null) ftruncateSync(file);
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
      buffer = Buffer.alloc(0);
    },
  };
}

const BUFFER_BYTES = 256 * 1024;

/** The places from `first` on that lie side by side. */
function contiguousRun(places: readonly SpooledText[], first: number): readonly SpooledText[] {
  let end = first + 1;
  for (; end < places.length; end += 1) {
    const before = places[end - 1];
    if (before === undefined || places[end]?.offset !== before.offset + before.sizeBytes) break;
  }
  return places.slice(first, end);
}

function readRun(file: number, run: readonly SpooledText[]): Buffer {
  const start = run[0]?.offset ?? 0;
  const bytes = Buffer.allocUnsafe(run.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, start + done);
    if (count === 0) throw new Error("the spool ended before its texts did");
    done += count;
  }
  return bytes;
}
