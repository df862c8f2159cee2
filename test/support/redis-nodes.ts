import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, startNative } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { findRedis } from '../../scripts/test/find-redis.js';
import { eventually } from './eventually.js';

/** One Redis process: a server, a Sentinel or a node of a Cluster. */
export interface RedisNode {
  readonly port: number;
  child: Child;
  /** For commands from the test. */
  readonly client: Redis;
  /** Starts it where it was, on what it has kept, once it was killed. */
  readonly start: () => Promise<void>;
}

const SLOTS = 16_384;

/** Redis servers of a test's own. */
export class RedisNodes {
  private readonly nodes: RedisNode[] = [];

  private constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {}

  static async open(): Promise<RedisNodes> {
    const program = await findRedis(() => undefined);
    if (program === undefined) throw new Error('This needs a Redis');
    return new RedisNodes(program, mkdtempSync(join(tmpdir(), 'acs-redis-')));
  }

  /** On a free port unless told otherwise. */
  async add(settings: readonly string[] = [], args: readonly string[] = [], on?: number): Promise<RedisNode> {
    const port = on ?? (await freePort());
    const file = join(this.folder, `${port}.conf`);
    const lines = [
      'bind 127.0.0.1',
      `port ${port}`,
      'save ""',
      'appendonly no',
      `dir "${this.folder}"`,
      `dbfilename ${port}.rdb`,
      `appendfilename ${port}.aof`,
      ...settings,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const started = (): Child =>
      startNative(
        { command: this.program, args: [file, ...args], stopSignal: 'SIGTERM' },
        { name: 'Redis', env: systemEnvironment() },
      );
    const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const node: RedisNode = {
      port,
      child: started(),
      client,
      start: async () => {
        node.child = started();
        await client.ping();
      },
    };
    await client.ping();
    this.nodes.push(node);
    return node;
  }

  /** A Sentinel that alone decides that the master is down, after a second. */
  async addSentinel(master: RedisNode): Promise<RedisNode> {
    return await this.add(
      [
        `sentinel monitor acs 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds acs 1000',
        'sentinel failover-timeout acs 5000',
      ],
      ['--sentinel'],
    );
  }

  /** Three masters that share the slots. */
  async addCluster(): Promise<RedisNode[]> {
    const nodes = await Promise.all(
      [0, 1, 2].map((index) =>
        this.add([
          'cluster-enabled yes',
          `cluster-config-file nodes-${index}.conf`,
          'cluster-node-timeout 2000',
        ]),
      ),
    );
    const [first] = nodes;
    for (const [index, { client, port }] of nodes.entries()) {
      const [from, to] = [index, index + 1].map((part) => Math.ceil((part * SLOTS) / nodes.length));
      await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to! - 1));
      if (index > 0) await first!.client.call('CLUSTER', 'MEET', '127.0.0.1', String(port));
    }
    await eventually(async () => {
      const infos = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
      return infos.every(
        (info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3'),
      );
    });
    return nodes;
  }

  async stop(): Promise<void> {
    for (const { client, child } of this.nodes) {
      client.disconnect();
      await child.stop();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
