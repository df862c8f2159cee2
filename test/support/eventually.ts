import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once the condition holds; rejects when it has not within the time. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  { timeoutMs = 30_000, everyMs = 50 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`The condition did not hold within ${timeoutMs} ms`);
    await delay(everyMs);
  }
}
