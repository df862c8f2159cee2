import { mkdtempSync, chmodSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { eventually } from '../../test/support/eventually.js';
import { freeQuickstartPorts, projectRoot, QuickstartRun } from '../../test/support/quickstart-run.js';
import { launchBrowser } from './chromium.js';
import { SwaggerPage } from './swagger-page.js';

/** `npm run screenshots`: takes the pictures of the README, of a quickstart of its own, in headless Chromium. */
const images = join(projectRoot, 'docs', 'images');
const home = mkdtempSync(join(tmpdir(), 'acs-screenshots-'));
// Whoever PostgreSQL runs as must get in.
chmodSync(home, 0o755);
mkdirSync(images, { recursive: true });
const ports = await freeQuickstartPorts();
const run = new QuickstartRun({ ...ports, DATA_DIR: join(home, 'data') });
const browser = await launchBrowser();
try {
  await run.ready();
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  const api = `http://localhost:${ports.PORT}`;
  const swagger = new SwaggerPage(await context.newPage(), api);
  await swagger.open();
  await swagger.page.locator('.opblock').first().waitFor();
  await take(swagger.page, 'swagger-ui');
  await swagger.authorize('acme', 'acme-secret');
  const create = await swagger.unfold('/v1/challenges');
  await create.execute('EMAIL_OTP');
  const mailbox = await context.newPage();
  await mailbox.goto(`http://localhost:${ports.MAIL_WEB_PORT}`);
  await mailbox.getByText('ada@example.com').first().click();
  await eventually(async () => {
    const texts = await Promise.all(mailbox.frames().map((frame) => frame.locator('body').innerText()));
    return texts.some((text) => /\b\d{6}\b/.test(text));
  });
  await take(mailbox, 'mailbox');
} finally {
  await browser.close();
  await run.stop();
  rmSync(home, { recursive: true, force: true });
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(images, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
}
