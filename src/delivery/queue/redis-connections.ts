import { Cluster, type Redis } from 'ioredis';
import type { RedisAddress } from '../../environment/environment.js';
import { type ConnectionKind, openRedis } from './redis-connection.js';

/** The queue's connections. Bull opens them through here and does not close what it did not make. */
export class RedisConnections {
  private readonly opened: (Redis | Cluster)[] = [];

  constructor(private readonly address: RedisAddress) {}

  open(kind: ConnectionKind): Redis | Cluster {
    const connection = openRedis(this.address, kind);
    // Connections come and go; the watch says so when it matters. Unheard, each error would be printed.
    connection.on('error', () => undefined);
    this.opened.push(connection);
    return connection;
  }

  close(): void {
    for (const connection of this.opened) {
      const sockets = connection instanceof Cluster ? connection.nodes() : [connection];
      connection.disconnect();
      for (const socket of sockets) clearSocketTimeout(socket);
    }
  }
}

/** ioredis 5.11 leaves the timer of `socketTimeout` running, which keeps a process from ending for as long. */
function clearSocketTimeout(connection: Redis): void {
  const timer: unknown = Reflect.get(connection, 'socketTimeoutTimer');
  clearTimeout(timer as NodeJS.Timeout | undefined);
}
