import type { DataSource } from 'typeorm';

/** How much of the database needs a key, of all tenants together. */
export interface KeyUse {
  /** `challenges` that are open, `counters` whose window is, sealed `messages` and `outcomes`. */
  readonly part: string;
  readonly keyId: string;
  readonly uses: number;
  readonly neededUntil: Date;
}

/** What needs which key; for the worker's role and the owner's. */
export async function readKeyUsage(dataSource: DataSource): Promise<readonly KeyUse[]> {
  return dataSource.query(`
    SELECT part, key_id AS "keyId", uses::int, needed_until AS "neededUntil" FROM key_usage() ORDER BY key_id, part`);
}

/** One line for each key but the first: what still needs it and until when, or that it may go. */
export function usageLines(usage: readonly KeyUse[], keyIds: readonly string[]): string[] {
  const [first = '', ...older] = keyIds;
  const unknown = usage.map(({ keyId }) => keyId).filter((id) => !keyIds.includes(id));
  return [...new Set([...older, ...unknown])].map((keyId) => {
    const uses = usage.filter((use) => use.keyId === keyId);
    if (uses.length === 0) return `${keyId}: nothing in the database needs it, it may go`;
    const absent = keyId !== first && !keyIds.includes(keyId) ? ' and is not in SECRET_KEYS' : '';
    return `${keyId}: is needed until ${latestOf(uses).toISOString()}${absent}: ${partsOf(uses)}`;
  });
}

/** `2 challenges, 5 counters` */
export function partsOf(uses: readonly KeyUse[]): string {
  return uses.map(({ part, uses: count }) => `${count} ${count === 1 ? part.slice(0, -1) : part}`).join(', ');
}

export function latestOf(uses: readonly KeyUse[]): Date {
  return new Date(Math.max(...uses.map(({ neededUntil }) => neededUntil.getTime())));
}
