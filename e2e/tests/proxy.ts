// A wire between browser and server that a test can cut and mend: real connections that
// break, as they do when a train enters a tunnel.

import { connect, createServer, type Server as Listener, type Socket } from "node:net";

export class Wire {
  /** Where it listens, without a slash at the end. */
  url = "";
  /** Connections that were turned away while it was cut. */
  refused = 0;
  /** The port of the server at its other end. */
  private port = 0;
  private whole = true;
  private readonly ends = new Set<Socket>();

  private constructor(private readonly listener: Listener) {}

  /** Listens on a port that the system picks; nothing is behind it yet. */
  static async lay(): Promise<Wire> {
    const wire = new Wire(createServer());
    wire.listener.on("connection", (near) => wire.join(near));
    await new Promise<void>((resolve) => wire.listener.listen(0, "127.0.0.1", resolve));
    const address = wire.listener.address();
    if (address === null || typeof address === "string") {
      throw new Error("a listener on a port has a port");
    }
    wire.url = `http://127.0.0.1:${address.port}`;
    return wire;
  }

  /** Leads to the server at this address from now on. */
  leadTo(url: string): void {
    this.port = Number(new URL(url).port);
  }

  /** Breaks all connections, and lets none through until it is mended. */
  cut(): void {
    this.whole = false;
    this.refused = 0;
    for (const end of this.ends) {
      end.destroy();
    }
  }

  mend(): void {
    this.whole = true;
  }

  /** Takes it away. */
  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private join(near: Socket): void {
    if (!this.whole) {
      this.refused += 1;
      near.destroy();
      return;
    }
    const far = connect(this.port, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.ends.add(one);
      one.setNoDelay(true);
      // Whatever breaks one end breaks the other; that it broke is no news here.
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.ends.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
