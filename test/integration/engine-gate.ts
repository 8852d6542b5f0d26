/** Between us and a Docker engine, so that it can be made to go away without ending it for others. */
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

export class Gate {
  private readonly engine: string;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  /** @param engine path of its socket */
  constructor(engine: string) {
    this.engine = engine;
  }

  /** The address to reach the engine by from now on. */
  async open(): Promise<string> {
    // What is half closed on one side is half closed on the other: an attached input ends that way.
    const server = createServer({ allowHalfOpen: true }, (from) => {
      const to = createConnection({ path: this.engine, allowHalfOpen: true });
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => this.sockets.delete(one));
        one.pipe(other);
      }
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server?.close();
    for (const one of this.sockets) one.destroy();
  }
}
