import { onPath } from '../quickstart/on-path.js';

/** A Redis server: of the PATH, else built from source by `redis-memory-server` and kept in `node_modules/.cache`. */
export async function findRedis(say: (message: string) => void): Promise<string | undefined> {
  const installed = onPath('redis-server', 'valkey-server');
  if (installed !== undefined) return installed;
  if (!onPath('make') || !onPath('cc', 'gcc', 'clang')) return undefined;
  say(
    'No redis-server or valkey-server on the PATH: building one, which takes some minutes the first time …',
  );
  try {
    const module = (await import('redis-memory-server/lib/util/RedisBinary.js')) as unknown as {
      default: { default: { getPath(): Promise<string> } };
    };
    return await module.default.default.getPath();
  } catch (error) {
    say(`Redis could not be built: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
