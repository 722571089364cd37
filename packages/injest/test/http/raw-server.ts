import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A server that sees requests as text and answers with bytes, so that it can break every rule. */
export interface RawServer {
  readonly origin: string;
  readonly port: number;
  /** The heads of the requests that came, in order. */
  readonly requests: readonly string[];
  /** Resolves once so many requests have come. */
  received(count: number): Promise<void>;
  /** Connections open now. */
  readonly connections: number;
  /** Resolves once so many connections have been closed. */
  closed(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startRawServer(answer: (socket: Socket, head: string) => void): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let closed = 0;
  let waiting: (() => boolean)[] = [];
  const check = (): void => {
    waiting = waiting.filter((isDone) => !isDone());
  };
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(() => {
        if (condition()) resolve();
        return condition();
      });
      check();
    });
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        requests.push(head);
        answer(socket, head);
        check();
      }
    });
    // A client that goes away is what many of these tests are about.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      closed++;
      check();
    });
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    received: (count) => until(() => requests.length >= count),
    get connections() {
      return sockets.size;
    },
    closed: (count) => until(() => closed >= count),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** A whole answer. */
export function ok(body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const head = ["HTTP/1.1 200 OK", `content-length: ${bytes.length}`, ...headers, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head), bytes]);
}
