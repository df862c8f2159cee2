import { Redis } from 'ioredis';
import { withClient } from '../../scripts/quickstart/database.js';

/** Every row of every table, partitions and all, as text; the bytes of `bytea` columns follow as they are. */
export async function dumpDatabase(superuserUrl: string): Promise<Buffer> {
  return await withClient(superuserUrl, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const parts: Buffer[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      for (const { row } of rows) {
        const bytes = [...row.matchAll(/\\x([0-9a-f]+)/g)].map(([, hex]) => Buffer.from(hex!, 'hex'));
        parts.push(Buffer.from(`${name} ${row}\n`), ...bytes.flatMap((value) => [value, Buffer.from('\n')]));
      }
    }
    return Buffer.concat(parts);
  });
}

/** Sees every command that reaches a database of a Redis, and what is left in it. */
export class RedisWitness {
  readonly commands: string[] = [];

  private constructor(
    private readonly redis: Redis,
    private readonly monitor: Redis,
  ) {}

  static async watch(url: string): Promise<RedisWitness> {
    const redis = new Redis(url);
    const monitor = await redis.monitor();
    const witness = new RedisWitness(redis, monitor);
    const database = new URL(url).pathname.slice(1) || '0';
    monitor.on('monitor', (_time: string, args: readonly string[], _source: string, db: string) => {
      if (db === database) witness.commands.push(args.join(' '));
    });
    return witness;
  }

  /** Every key with its value. */
  async dump(): Promise<string> {
    const keys = await this.redis.keys('*');
    const values = await Promise.all(keys.map(async (key) => `${key} ${await this.valueOf(key)}`));
    return values.join('\n');
  }

  stop(): void {
    this.monitor.disconnect();
    this.redis.disconnect();
  }

  private async valueOf(key: string): Promise<string> {
    switch (await this.redis.type(key)) {
      case 'string':
        return String(await this.redis.get(key));
      case 'hash':
        return JSON.stringify(await this.redis.hgetall(key));
      case 'list':
        return JSON.stringify(await this.redis.lrange(key, 0, -1));
      case 'set':
        return JSON.stringify(await this.redis.smembers(key));
      case 'zset':
        return JSON.stringify(await this.redis.zrange(key, 0, -1, 'WITHSCORES'));
      case 'stream':
        return JSON.stringify(await this.redis.xrange(key, '-', '+'));
      case 'none':
        return '';
      default:
        throw new Error(`Nobody knows how to read ${key}`);
    }
  }
}
