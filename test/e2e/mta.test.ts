import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { type Acs, startAcs } from '../support/acs.js';
import { SOAK, tally } from '../support/core-proof.js';
import { verifiesDkim } from '../support/dkim.js';
import { eventually } from '../support/eventually.js';
import { describeOnMta, Mta } from '../support/mta.js';

const MAILS = SOAK ? 1_000 : 30;

describeOnMta('Mail through a real mail server', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const folder = mkdtempSync(join(tmpdir(), 'acs-dkim-'));
  const keyFile = join(folder, 'dkim.pem');
  let acs: Acs;
  let mta: Mta;

  const dsn = (): string =>
    `smtp://127.0.0.1:${mta.port}?tls=required&dkimDomain=localhost&dkimSelector=s1&dkimKey=file:${keyFile}`;

  beforeAll(async () => {
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    mta = await Mta.start({ plain: false });
    acs = await startAcs({ workers: 0 });
  });

  afterAll(async () => {
    await acs.stop();
    await mta.stop();
    rmSync(folder, { recursive: true });
  });

  it('is not handed to one whose certificate nobody vouches for, and waits', async () => {
    const worker = await acs.addWorker({ EMAIL_PROVIDERS: dsn() });
    const { body } = await acs
      .api('acme')
      .createChallenge({ policyAlias: 'password-reset', recipient: 'unvouched@example.com' });
    await eventually(() => worker.lines.some((line) => line.includes('delivery not sent')));
    await worker.child.stop();
    acs.workers.pop();
    expect((await acs.api('acme').getChallenge(body.id)).body.delivery).toMatchObject({ status: 'PENDING' });
    expect(mta.mails()).toEqual([]);
  });

  it(
    'arrives in the mailbox over TLS, once each, with a DKIM signature that holds',
    async () => {
      await acs.addWorker({ EMAIL_PROVIDERS: dsn(), NODE_EXTRA_CA_CERTS: mta.certificateFile });
      const api = acs.api('acme');
      const recipients = Array.from({ length: MAILS }, (_, index) => `mta-${index}@example.com`);
      const created = await Promise.all(
        recipients.map((recipient) => api.createChallenge({ policyAlias: 'password-reset', recipient })),
      );
      expect(tally(created)).toEqual({ '201': MAILS });
      await eventually(() => mta.mails().length > MAILS, { timeoutMs: SOAK ? 300_000 : 30_000 });
      for (const recipient of [...recipients, 'unvouched@example.com']) {
        const mails = mta.to(recipient);
        expect(mails).toHaveLength(1);
        expect(mails[0]).toMatch(/\bwith (esmtps|utf8esmtps)\b/i);
        expect(verifiesDkim(mails[0]!, publicPem)).toBe(true);
        expect(verifiesDkim(mails[0]!.replace(/\d{6}(?!.*\d{6})/s, '000000'), publicPem)).toBe(false);
      }
    },
    SOAK ? 600_000 : 60_000,
  );

  it('answers its challenge with the code that it brings', async () => {
    const api = acs.api('acme');
    const recipient = 'reader@example.com';
    const { body } = await api.createChallenge({ policyAlias: 'password-reset', recipient });
    await eventually(() => mta.to(recipient).length > 0);
    const mail = await simpleParser(Buffer.from(mta.to(recipient)[0]!, 'latin1'));
    const code = /\b\d{6}\b/.exec(mail.text ?? '')![0];
    expect(await api.answer(body.id, code)).toMatchObject({ status: 200, body: { state: 'VERIFIED' } });
    const { delivery } = (await api.getChallenge(body.id)).body;
    expect(delivery).toMatchObject({ status: 'SENT', attempts: 1 });
  });
});
