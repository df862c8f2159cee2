import { chromium, type Browser } from 'playwright-core';
import { onPath } from '../quickstart/on-path.js';

/** The Chromium on the PATH; undefined where there is none. */
export const chromiumProgram = onPath(
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
);

/** Starts it, without a window. */
export async function launchBrowser(): Promise<Browser> {
  if (chromiumProgram === undefined) throw new Error('There is no Chromium on the PATH');
  // Chromium refuses its sandbox to root, who runs the tests in a container.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath: chromiumProgram, args });
}
