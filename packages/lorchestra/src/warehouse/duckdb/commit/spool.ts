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
  /**
   * In the order of the places, which may be any; quickest where they follow each other. The texts hold until the next
   * call, which reads into the same memory: new memory for each would have V8 collect its whole heap for the want of it.
   */
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
  let readBuffer = Buffer.alloc(0);

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
      const sizeBytes = places.reduce((sum, place) => sum + place.sizeBytes, 0);
      if (sizeBytes > readBuffer.length) readBuffer = Buffer.allocUnsafeSlow(Math.max(sizeBytes, BUFFER_BYTES));
      const texts: Uint8Array[] = [];
      let filled = 0;
      for (let first = 0; first < places.length;) {
        const end = endOfRun(places, first);
        const start = places[first]?.offset ?? 0;
        const last = places[end - 1];
        const length = last === undefined ? 0 : last.offset + last.sizeBytes - start;
        readWhole(file ?? open(), readBuffer, { into: filled, length, from: start });
        for (let index = first; index < end; index += 1) {
          const { offset, sizeBytes: size } = places[index] as SpooledText;
          const at = filled + offset - start;
          texts.push(readBuffer.subarray(at, at + size));
        }
        filled += length;
        first = end;
      }
      return texts;
    },
    clear() {
      size = 0;
      buffered = 0;
      if (buffer.length > BUFFER_BYTES) buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
      if (readBuffer.length > READ_BYTES_KEPT) readBuffer = Buffer.alloc(0);
      if (file !== null) ftruncateSync(file);
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
      buffer = Buffer.alloc(0);
      readBuffer = Buffer.alloc(0);
    },
  };
}

const BUFFER_BYTES = 256 * 1024;
/** As much as the feed of a commit asks for at a time, unless an object is larger. */
const READ_BYTES_KEPT = 1024 * 1024;

/** Where the places that lie side by side from `first` on end. */
function endOfRun(places: readonly SpooledText[], first: number): number {
  let end = first + 1;
  for (; end < places.length; end += 1) {
    const before = places[end - 1];
    if (before === undefined || places[end]?.offset !== before.offset + before.sizeBytes) break;
  }
  return end;
}

function readWhole(
  file: number,
  buffer: Buffer,
  { into, length, from }: { into: number; length: number; from: number },
): void {
  for (let done = 0; done < length;) {
    const count = readSync(file, buffer, into + done, length - done, from + done);
    if (count === 0) throw new Error("the spool ended before its texts did");
    done += count;
  }
}
