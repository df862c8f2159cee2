import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { SwaggerPage } from '../../scripts/screenshots/swagger-page.js';
import { startAcs, type Acs } from '../support/acs.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';

describeInBrowser('Swagger UI', () => {
  let acs: Acs | undefined;
  let browser: Browser | undefined;
  let swagger: SwaggerPage;

  beforeAll(async () => {
    const policies = ['password-reset', 'payment-approval', 'email-verification', 'app-to-web'];
    [acs, browser] = await Promise.all([startAcs({ policies }), launchBrowser()]);
    swagger = new SwaggerPage(await browser.newPage(), acs.apis[0]!.url);
    await swagger.open();
    await swagger.authorize('acme', 'acme-secret');
  });

  afterAll(async () => {
    await Promise.all([acs?.stop(), browser?.close()]);
  });

  it('asks for client credentials without being scrolled to them', async () => {
    const fresh = new SwaggerPage(await browser!.newPage(), acs!.apis[0]!.url);
    await fresh.open();
    const clientId = (await fresh.openClientCredentials()).getByLabel('client_id:');
    const field = (await clientId.boundingBox())!;
    const box = (await fresh.page.locator('.modal-ux-content').boundingBox())!;
    expect(field.y).toBeGreaterThan(box.y);
    expect(field.y + field.height).toBeLessThan(box.y + box.height);
    await fresh.page.close();
  });

  it('creates each type of challenge from its example, as it stands', async () => {
    const operation = await swagger.unfold('/v1/challenges');
    const examples = await operation.examples();
    expect(examples).toEqual(expect.arrayContaining(['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN']));
    for (const example of examples)
      expect(await operation.execute(example)).toMatchObject({
        status: 201,
        text: expect.stringContaining('"state": "ISSUED"'),
      });
    expect(await acs!.mailbox.waitForCode('ada@example.com')).toMatch(/^\d{6}$/);
  });

  it('creates each type of policy from its example, as it stands', async () => {
    const operation = await swagger.unfold('/v1/policies');
    const examples = await operation.examples();
    expect(examples).toEqual(['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN']);
    for (const example of examples) expect(await operation.execute(example)).toMatchObject({ status: 201 });
  });
});
