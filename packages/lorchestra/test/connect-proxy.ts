import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A proxy that makes no tunnel: it refuses each with a status, or never answers (null). */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** Where tunnels were asked for: "api.stripe.com:443". */
  readonly asked: string[];
}

export async function startConnectProxy(status: number | null = 503): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  server.on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (status !== null) socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
