import { ProviderUnreachable } from './provider.js';

/** How long a provider that ignores its signal is still listened to. */
const GRACE_MS = 500;

/** A provider that does not heed its signal must not outlive its lease. */
export async function untilAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const ignored = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      timer = setTimeout(() => {
        reject(new ProviderUnreachable('UNKNOWN', 'timeout'));
      }, GRACE_MS);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([asked, ignored]);
  } finally {
    clearTimeout(timer);
  }
}
