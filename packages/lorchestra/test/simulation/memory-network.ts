import net, { type AddressInfo } from "node:net";
import { Duplex } from "node:stream";

/**
 * Puts a network of JavaScript in the place of the loopback interface: the real HTTP client and the real server talk
 * through pairs of streams, so that bytes arrive in an order that does not depend on the machine, and several times faster.
 *
 * For the whole process, once. Connections to servers of other processes go through the kernel as ever.
 */
export function installMemoryNetwork(onTraffic: () => void): void {
  traffic = onTraffic;
  if (isInstalled) return;
  isInstalled = true;
  const servers = new Map<number, net.Server>();
  const realListen = net.Server.prototype.listen as (...given: unknown[]) => net.Server;
  const realConnect = net.connect as (...given: unknown[]) => net.Socket;
  net.Server.prototype.listen = function (this: net.Server, ...given: unknown[]) {
    this.once("listening", () => void servers.set((this.address() as AddressInfo).port, this));
    return realListen.apply(this, given);
  };
  net.connect = (...given: unknown[]) => {
    const options = given[0] as { readonly port?: unknown } | undefined;
    const server = servers.get(Number(options?.port));
    return server === undefined ? realConnect(...given) : connectTo(server);
  };
}

let isInstalled = false;
let traffic = (): void => undefined;

function connectTo(server: net.Server): net.Socket {
  const client = new MemorySocket();
  traffic();
  process.nextTick(() => {
    if (client.destroyed) return;
    if (!server.listening) {
      client.destroy(failure("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1"));
      return;
    }
    const accepted = new MemorySocket();
    client.peer = accepted;
    accepted.peer = client;
    client.connecting = false;
    accepted.connecting = false;
    server.emit("connection", accepted);
    client.emit("connect");
  });
  return client as unknown as net.Socket;
}

/** One end of a connection, with as much of `net.Socket` as an HTTP client and server use. */
class MemorySocket extends Duplex {
  peer: MemorySocket | null = null;
  connecting = true;
  readonly remoteAddress = "127.0.0.1";
  readonly remoteFamily = "IPv4";
  bytesWritten = 0;
  #isReset = false;

  constructor() {
    super({ allowHalfOpen: false });
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Timeouts of Node's own are of the real time; the simulation's come from its clock. */
  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** Ends the connection as a TCP reset does: the other side gets ECONNRESET. */
  resetAndDestroy(): this {
    this.#isReset = true;
    this.destroy();
    return this;
  }

  override _read(): void {
    // What the other end writes is pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error) => void): void {
    const { peer } = this;
    if (peer === null || peer.destroyed) {
      written(failure("EPIPE", "write EPIPE"));
      return;
    }
    traffic();
    this.bytesWritten += chunk.length;
    // A kernel copies what is written.
    peer.push(Buffer.from(chunk));
    process.nextTick(written);
  }

  override _final(ended: () => void): void {
    traffic();
    if (this.peer !== null && !this.peer.destroyed) this.peer.push(null);
    ended();
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    traffic();
    const { peer } = this;
    this.peer = null;
    if (peer !== null && !peer.destroyed) {
      if (this.#isReset) process.nextTick(() => peer.destroy(failure("ECONNRESET", "read ECONNRESET")));
      else if (!peer.readableEnded) peer.push(null);
    }
    destroyed(error);
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
