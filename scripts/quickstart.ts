import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Quickstart } from './quickstart/quickstart.js';
import { QuickstartError, readSettings } from './quickstart/settings.js';

/** The folder of the clone; this file runs from `dist/scripts`. */
const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Starts the whole service and stays until it is asked to stop or a part of it ends. Ends the process. */
export async function quickstart({ watch }: { readonly watch: boolean }): Promise<never> {
  let running: Quickstart | undefined;
  try {
    const settings = readSettings(process.env, projectRoot);
    mkdirSync(settings.dataDir, { recursive: true });
    running = new Quickstart(settings, watch);
    const reason = await Promise.race([running.run(), askedToStop()]);
    console.log(reason);
    await running.stop();
    process.exit(0);
  } catch (error) {
    console.error(error instanceof QuickstartError ? error.message : describe(error));
    await running?.stop();
    process.exit(1);
  }
}

/** Resolves on the first signal; a second one ends at once. */
async function askedToStop(): Promise<string> {
  return await new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // What still runs ends by itself once this process is gone.
        if (asked) process.exit(1);
        asked = true;
        resolve('\nStopping …');
      });
    }
  });
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
