import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startAcs, type Acs } from '../support/acs.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';

describeInBrowser('Swagger UI', () => {
  let acs: Acs | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    [acs, browser] = await Promise.all([startAcs(), launchBrowser()]);
  });

  afterAll(async () => {
    await Promise.all([acs?.stop(), browser?.close()]);
  });

  it('authorizes with client credentials and creates a challenge', async () => {
    const page = await browser!.newPage();
    await page.goto(`${acs!.apis[0]!.url}/docs`);

    await page.locator('button.authorize').first().click();
    const form = page.locator('.auth-container', { hasText: 'client_id' });
    await form.getByLabel('client_id:').fill('acme');
    await form.getByLabel('client_secret:').fill('acme-secret');
    await form.locator('button', { hasText: 'Authorize' }).click();
    await form.locator('button', { hasText: 'Logout' }).waitFor();
    await page.locator('.modal-ux .close-modal').click();

    const operation = page.locator('.opblock-post', { has: page.locator('[data-path="/v1/challenges"]') });
    await operation.locator('.opblock-summary-control').click();
    const body = { policyAlias: 'password-reset', recipient: 'ann@example.com' };
    await operation.locator('textarea.body-param__text').fill(JSON.stringify(body));
    await operation.getByRole('button', { name: 'Execute' }).click();

    const response = operation.locator('.live-responses-table .response');
    await response.waitFor();
    expect(await response.textContent()).toMatch(/^\s*201/);
    expect(await acs!.mailbox.waitForCode('ann@example.com')).toMatch(/^\d{6}$/);
  });
});
