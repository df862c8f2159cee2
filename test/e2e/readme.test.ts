import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Frame, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import {
  freeQuickstartPorts,
  onPorts,
  projectRoot,
  type QuickstartPorts,
  QuickstartRun,
} from '../support/quickstart-run.js';
import { Terminal } from '../support/terminal.js';

/** The README's commands of one section, in their order, on the ports of this run. */
function commandsOf(section: string, ports: QuickstartPorts): readonly string[] {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const text = readme.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  return [...text.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, commands]) => onPorts(commands!, ports));
}

/** What a person sees in a frame, and the links there. A frame that is being replaced is read the next time. */
async function seenIn(frame: Frame): Promise<readonly string[]> {
  try {
    const links = await frame.locator('a').evaluateAll((found) => found.map((link) => String(link)));
    return [await frame.locator('body').innerText(), ...links];
  } catch (error) {
    if (/context was destroyed|detached/.test(String(error))) return [];
    throw error;
  }
}

/** What a person reads on the mailbox page, or copies from a link there, in the mail to an address. */
async function readMail(page: Page, address: string, wanted: RegExp): Promise<string> {
  let found: string | undefined;
  await page.getByText(address).first().click();
  await eventually(async () => {
    const seen = await Promise.all(page.frames().map(seenIn));
    found = wanted.exec(seen.flat().join('\n'))?.[0];
    return found !== undefined;
  });
  return found!;
}

describeInBrowser('the README', () => {
  const home = mkdtempSync(join(tmpdir(), 'acs-readme-'));
  const terminal = new Terminal();
  let ports: QuickstartPorts;
  let run: QuickstartRun;
  let browser: Browser;
  let mailbox: Page;

  beforeAll(async () => {
    // Whoever PostgreSQL runs as must get in.
    execFileSync('chmod', ['755', home]);
    [ports, browser] = await Promise.all([freeQuickstartPorts(), launchBrowser()]);
    run = new QuickstartRun({ ...ports, DATA_DIR: join(home, 'data') });
    await run.ready();
    mailbox = await browser.newPage();
    await mailbox.goto(`http://localhost:${ports.MAIL_WEB_PORT}`);
  }, 90_000);

  afterAll(async () => {
    terminal.close();
    await Promise.all([browser.close(), run.stop()]);
    rmSync(home, { recursive: true, force: true });
  });

  it('takes each type of challenge through its life by copy and paste', async () => {
    let recipient = '';
    const states: string[] = [];
    for (const commands of commandsOf('The first challenges by hand', ports)) {
      recipient = /"recipient\\?":\\?"\+?([\w@.]+)/.exec(commands)?.[1] ?? recipient;
      const read = /^(CODE|LINK)=.*# the (code|link) in the mailbox$/m.exec(commands);
      const value =
        read &&
        (await readMail(
          mailbox,
          recipient,
          read[1] === 'CODE' ? /\b\d{6}\b/ : /http\S+#challenge=\S+&token=[\w-]{43}/,
        ));
      const printed = await terminal.paste(
        read ? commands.replace(read[0], () => `${read[1]}='${value}'`) : commands,
      );
      states.push(...printed.split('\n').filter((line) => line !== ''));
    }
    expect(states).toEqual(Array.from({ length: 4 }, () => ['VERIFIED', 'COMPLETED']).flat());
  }, 90_000);
});
