import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from "node:zlib";
import type { TransportReason } from "./transport-error.js";

type Decoder = (body: Buffer, options: Pick<ZlibOptions, "maxOutputLength">) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decoder>> = {
  identity: (body) => Promise.resolve(body),
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, Pick<ZlibOptions, "maxOutputLength">, Buffer>(brotliDecompress),
};

export function isDecodable(encoding: string): boolean {
  return Object.hasOwn(DECODERS, encoding.toLowerCase());
}

/** Decodes a body, on another thread; or says why it cannot be: it would be too large, or it is damaged. */
export async function decodeBody(
  body: Buffer,
  encoding: string,
  maxBodyBytes: number,
): Promise<Buffer | TransportReason> {
  const decode = DECODERS[encoding.toLowerCase()];
  // An answer without a body may name an encoding all the same.
  if (body.length === 0) return body;
  if (!decode) return "protocol";
  try {
    return await decode(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    // Nothing of the error is kept: it may quote the body.
    return error instanceof RangeError ? "too-large" : "truncated";
  }
}
