import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type Child, startNode } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import { type Acs, startAcs } from '../support/acs.js';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { CoreDatabase } from '../support/core-database.js';
import { projectRoot } from '../support/quickstart-run.js';

const ADA = 'ada@example.com';
const PASSWORD = 'correct horse battery';

/** Starts an example by the command that its README gives, beside the service. */
async function startExample(
  name: string,
  ports: readonly string[],
  acs: Acs,
  onStart: (example: Child) => void,
): Promise<Child> {
  const command = `npm run example:${name}`;
  const readme = readFileSync(join(projectRoot, 'examples', name, 'README.md'), 'utf8');
  expect(readme).toContain(`\n${command}\n`);
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const module = /^node (dist\/\S+\.js)$/.exec(scripts[`example:${name}`] ?? '')![1]!;
  const free = await Promise.all(ports.map(async (port) => [port, String(await freePort())]));
  return startNode(join(projectRoot, module), {
    name,
    env: {
      ...systemEnvironment(),
      ...(Object.fromEntries(free) as NodeJS.ProcessEnv),
      ACS_URL: acs.apis[0]!.url,
      ACS_TOKEN_URL: `${acs.issuer}/token`,
    },
    onStart,
  });
}

/** The URL that an example says it is at. */
async function urlOf(example: Child, what: string): Promise<string> {
  return (await example.line((line) => line.startsWith(`${what}: `))).slice(what.length + 2);
}

describeInBrowser('the example', () => {
  let acs: Acs;
  let browser: Browser;
  const examples: Child[] = [];
  let passwordReset: Child;
  let sso: Child;
  let page: Page;

  beforeAll(async () => {
    [acs, browser] = await Promise.all([
      startAcs({ policies: ['password-reset', 'app-to-web'] }),
      launchBrowser(),
    ]);
    const keep = (example: Child): void => void examples.push(example);
    [passwordReset, sso] = await Promise.all([
      startExample('password-reset', ['PASSWORD_RESET_PORT'], acs, keep),
      startExample('app-to-web-sso', ['APP_PORT', 'WEB_PORT'], acs, keep),
    ]);
    page = await browser.newPage();
  }, 90_000);

  afterAll(async () => {
    await Promise.all(examples.map((example) => example.stop()));
    await Promise.all([browser.close(), acs.stop()]);
  });

  async function statesOf(subject: string): Promise<string[]> {
    const database = new CoreDatabase(acs.database.superuserUrl);
    const text = 'SELECT state FROM challenge WHERE subject = $1';
    return (await database.rows<{ state: string }>(text, subject)).map(({ state }) => state);
  }

  async function begin(email: string): Promise<void> {
    await page.goto(await urlOf(passwordReset, 'Password reset'));
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByRole('heading', { name: 'Check your e-mail' }).waitFor();
  }

  async function giveCode(code: string): Promise<void> {
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  async function signIn(password: string): Promise<void> {
    await page.goto(`${await urlOf(passwordReset, 'Password reset')}/sign-in`);
    await page.getByLabel('E-mail address').fill(ADA);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Whoever comes to the web with these is not signed on. */
  async function expectRefused(challenge: string, token: string): Promise<void> {
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(`${await urlOf(sso, 'Web')}/sign-on#challenge=${challenge}&token=${token}`);
    await stranger.getByRole('button', { name: 'Continue' }).click();
    expect(await stranger.getByRole('alert').textContent()).toContain('used already');
    await stranger.goto(await urlOf(sso, 'Web'));
    await stranger.getByText('Nobody is signed in.').waitFor();
    await stranger.context().close();
  }

  it('password-reset sets a new password with the code in the mailbox', async () => {
    await signIn(PASSWORD);
    await page.getByRole('alert').waitFor();

    await begin(ADA);
    const code = await acs.mailbox.waitForCode(ADA);
    await giveCode(code === '000000' ? '000001' : '000000');
    expect(await page.getByRole('alert').textContent()).toContain('not the code');
    await giveCode(`${code.slice(0, 3)} ${code.slice(3)}`);

    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Set the password' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('too short');
    await page.getByLabel('New password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();

    expect(await statesOf('user-42')).toEqual(['COMPLETED']);

    await signIn(PASSWORD);
    await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor();
  });

  it('password-reset behaves alike for an address without an account', async () => {
    const seen: Record<string, string[]> = {};
    for (const email of [ADA, 'nobody@example.com']) {
      await begin(email);
      const shown: string[] = [];
      for (let given = 0; given < 5; given += 1) {
        await giveCode('12345');
        shown.push((await page.getByRole('main').textContent())!.replaceAll(email, '…'));
      }
      seen[email] = shown;
      expect(shown.at(-1)).toContain('can no longer be used');
    }
    expect(seen['nobody@example.com']).toEqual(seen[ADA]);
    expect(acs.mailbox.to('nobody@example.com')).toEqual([]);
  });

  it("app-to-web-sso signs the app's user on to the web, once", async () => {
    await page.goto(await urlOf(sso, 'App'));
    await page.getByRole('button', { name: 'Open my account on the web' }).click();
    await page.getByRole('heading', { name: 'Sign on to the web' }).waitFor();
    const proceed = page.getByRole('button', { name: 'Continue' });
    await proceed.and(page.locator(':enabled')).waitFor();
    expect(page.url()).toBe(`${await urlOf(sso, 'Web')}/sign-on`);

    const fields = page.locator('input[type=hidden]');
    const [challenge, token] = await fields.evaluateAll((inputs) =>
      inputs.map((input) => (input as unknown as { readonly value: string }).value),
    );
    expect(token).toMatch(/^[\w-]{43}$/);
    await proceed.click();
    await page.getByText('Signed in as user-42.').waitFor();

    await expectRefused(challenge!, token!);
  });

  it('app-to-web-sso refuses a token that is meant for something else', async () => {
    const action = { name: 'web-sign-on', details: { site: 'https://elsewhere.example' } };
    const request = { policyAlias: 'app-to-web', subject: 'user-43', action };
    const { body } = await acs.api('acme').createChallenge(request);
    await expectRefused(body.id, body.token!);
    expect(await statesOf('user-43')).toEqual(['ISSUED']);
  });

  it('pages have a language, a title, one heading, and a name for each field', async () => {
    const urls = [
      await urlOf(passwordReset, 'Password reset'),
      `${await urlOf(passwordReset, 'Password reset')}/sign-in`,
      await urlOf(sso, 'App'),
      `${await urlOf(sso, 'Web')}/sign-on`,
    ];
    const stranger = await (await browser.newContext()).newPage();
    for (const url of urls) {
      await stranger.goto(url);
      expect(await stranger.locator('html').getAttribute('lang')).toBe('en');
      expect(await stranger.locator('h1').allTextContents()).toEqual([await stranger.title()]);
      const inputs = await stranger.locator('input:not([type=hidden])').all();
      for (const input of inputs) {
        const id = await input.getAttribute('id');
        expect(await stranger.locator(`label[for="${id ?? ''}"]`).count()).toBe(1);
      }
    }
  });
});
