import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeInBrowser, launchBrowser } from '../support/browser.js';
import { tokenPolicy } from '../support/core-policies.js';
import { CoreProof, inRounds, someone } from '../support/core-proof.js';

/** As mail scanners, link previews and prefetching browsers introduce themselves. */
const AGENTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' },
  { 'user-agent': 'Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0) SafeLinks' },
  { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)', 'idempotency-key': 'scan' },
];
const TABLES = ['challenge', 'delivery', 'limit_counter', 'idempotency_key', 'audit'];

let proof: CoreProof;

beforeAll(async () => {
  proof = await CoreProof.start({ workers: 1 }, tokenPolicy('token'));
});

afterAll(async () => {
  await proof.acs.stop();
});

describe('reading', () => {
  /** Every row with the transaction that wrote it. */
  async function everything(): Promise<unknown[]> {
    return await Promise.all(
      TABLES.map((table) => proof.database.rows(`SELECT xmin, to_jsonb(t) FROM ${table} t ORDER BY 2::text`)),
    );
  }

  it.each(inRounds(50, ['GET or HEAD']))(
    'changes nothing, by %s, with the token in the query or not',
    async () => {
      const { id, answer } = await proof.issue('token');
      const token = await proof.acs.token('acme');
      const url = `${proof.acs.apis[0]!.url}/v1/challenges`;
      const before = await everything();
      const read: Record<string, Set<number>> = {};
      for (const headers of AGENTS) {
        for (const path of ['', `/${id}`, `/${id}/answer`, `/${id}/resend`, `/${id}/complete`]) {
          for (const query of ['', `?answer=${answer}&token=${answer}`]) {
            for (const method of ['GET', 'HEAD']) {
              const response = await fetch(url + path + query, {
                method,
                headers: { authorization: `Bearer ${token}`, ...headers },
              });
              (read[path.replace(id, ':id')] ??= new Set()).add(response.status);
              await response.arrayBuffer();
            }
          }
        }
      }
      expect(await everything()).toEqual(before);
      expect([...read['/:id']!]).toEqual([200]);
      for (const path of ['', '/:id/answer', '/:id/resend', '/:id/complete'])
        expect([...read[path]!]).toEqual([405]);
      expect(await proof.api().answer(id, answer)).toMatchObject({ status: 200 });
    },
  );

  it('by HEAD tells what GET would, without a body', async () => {
    const { id } = await proof.issue('token');
    const headers = { authorization: `Bearer ${await proof.acs.token('acme')}` };
    const url = `${proof.acs.apis[0]!.url}/v1/challenges/${id}`;
    const [head, get] = await Promise.all([fetch(url, { method: 'HEAD', headers }), fetch(url, { headers })]);
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'content-length'])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(401);
    await get.arrayBuffer();
  });
});

describeInBrowser('a link in a mail', () => {
  let shop: Server;
  const requested: string[] = [];
  /** What the page of the consuming service posts when its button is pressed. */
  let posted: URLSearchParams | undefined;

  beforeAll(async () => {
    shop = createServer((request, response) => {
      requested.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (request.method !== 'POST') {
        response.setHeader('content-type', 'text/html').end(PAGE);
        return;
      }
      request.setEncoding('utf8').on('data', (text: string) => {
        posted = new URLSearchParams(text);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const origin = `http://localhost:${(shop.address() as AddressInfo).port}`;
    const { body } = await proof.api().getConfiguration();
    await proof.api().putConfiguration({ ...body, links: { allowedOrigins: [origin] } });
    const policy = await proof.api().createPolicy({
      alias: 'link',
      type: 'EMAIL_LINK',
      template: {
        defaultLocale: 'en',
        link: `${origin}/confirm#challenge={{ challengeId }}&token={{ token }}`,
        locales: { en: { subject: 'Confirm', text: '{{ link }}' } },
      },
    });
    expect(policy.status).toBe(201);
  });

  afterAll(() => {
    shop.closeAllConnections();
    shop.close();
  });

  it.each(inRounds(20, ['a scanner']))(
    'is opened by %s that runs its scripts, and still waits for the person',
    async () => {
      requested.length = 0;
      const recipient = someone();
      const { body: created } = await proof.api().createChallenge({ policyAlias: 'link', recipient });
      const link = (await proof.acs.mailbox.waitForMail(recipient)).text.trim();
      const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token')!;
      for (const method of ['HEAD', 'GET']) await (await fetch(link, { method })).arrayBuffer();

      const browser = await launchBrowser();
      try {
        const page = await browser.newPage();
        await page.goto(link, { waitUntil: 'networkidle' });
        expect(await proof.api().getChallenge(created.id)).toMatchObject({
          body: { state: 'ISSUED', attempts: { used: 0 } },
        });
        expect(requested.join('\n')).not.toContain(token);
        await page.getByRole('button').click();
        await page.getByText('Thank you').waitFor();
      } finally {
        await browser.close();
      }
      expect(await proof.api().answer(posted!.get('challenge')!, posted!.get('token')!)).toMatchObject({
        status: 200,
        body: { id: created.id, state: 'VERIFIED' },
      });
    },
  );
});

/** The consuming service's page: it reads the fragment and posts it when the person says so. */
const PAGE = `<!doctype html><title>Confirm</title><p>Is this your address?</p><button>Yes</button><script>
  document.querySelector('button').onclick = async () => {
    await fetch('/confirm', { method: 'POST', body: location.hash.slice(1) });
    document.querySelector('p').textContent = 'Thank you';
  };
</script>`;
