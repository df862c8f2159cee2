import { describe } from '@jest/globals';
import { chromiumProgram } from '../../scripts/screenshots/chromium.js';

export { launchBrowser } from '../../scripts/screenshots/chromium.js';

/** `describe` for what needs a browser: skipped, and reported as such, where none is installed. */
export const describeInBrowser: typeof describe | typeof describe.skip =
  chromiumProgram === undefined ? describe.skip : describe;
