import { describe } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { onPath } from '../../scripts/quickstart/on-path.js';

const program = onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');

/** `describe` for what needs a browser: skipped, and reported as such, where none is installed. */
export const describeInBrowser: typeof describe | typeof describe.skip = program ? describe : describe.skip;

/** A headless Chromium, the one on the PATH. */
export async function launchBrowser(): Promise<Browser> {
  // Chromium refuses its sandbox to root, who runs the tests in a container.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath: program!, args });
}
