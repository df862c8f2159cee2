import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { loadWorkerEnvironment } from '../../src/environment/worker-environment.js';
import { findingsOf, GOOD_API, GOOD_WORKER, RANDOM_KEY } from '../support/tokens-environment.js';

const directory = mkdtempSync(join(tmpdir(), 'acs-providers-'));
const file = join(directory, 'key.pem');
writeFileSync(file, 'content');
afterAll(() => {
  rmSync(directory, { recursive: true });
});

type Key = 'EMAIL_PROVIDERS' | 'SMS_PROVIDERS';
const findingsFor = (key: Key, dsns: string, production: boolean): string[] =>
  findingsOf(loadWorkerEnvironment, {
    ...GOOD_WORKER,
    [key]: dsns,
    NODE_ENV: production ? 'production' : 'test',
  });

const SECRET = 'mB7xQ2vN9kL4sD8f';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail-events';

describe('a provider', () => {
  it('is read in order, with its URL', () => {
    const { emailProviders } = loadWorkerEnvironment({
      ...GOOD_WORKER,
      EMAIL_PROVIDERS: ' smtp://user:p%40ss@mail.example:587?pool=5  ses://eu-west-1 ',
    });
    expect(emailProviders.map(({ scheme, url }) => [scheme, url.hostname])).toEqual([
      ['smtp', 'mail.example'],
      ['ses', 'eu-west-1'],
    ]);
  });

  it.each<[Key, string]>([
    ['EMAIL_PROVIDERS', 'smtp://mail.example'],
    ['EMAIL_PROVIDERS', 'smtp://u:p@mail.example:587?tls=required&pool=5&rate=50'],
    [
      'EMAIL_PROVIDERS',
      `smtps://u:p@mail.example?dkimDomain=acme.example&dkimSelector=s1&dkimKey=file:${file}`,
    ],
    ['EMAIL_PROVIDERS', 'smtp://localhost:1025?tls=off'],
    ['EMAIL_PROVIDERS', 'smtp://[::1]:1025?tls=opportunistic'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?configurationSet=transactional'],
    ['EMAIL_PROVIDERS', 'ses://us-gov-east-1?rate=14'],
    ['EMAIL_PROVIDERS', `ses://eu-west-1?configurationSet=a&topicArn=${TOPIC}&receipts=https://acs.example`],
    ['EMAIL_PROVIDERS', `gateway+https://h/p?secret=${SECRET}&receipts=https://acs.example/base/`],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&receipts=https://acs.example'],
    ['EMAIL_PROVIDERS', `gateway+https://mail.example/send?secret=${SECRET}`],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=%2B15550100'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?messagingServiceSid=MG1&rate=1'],
    ['SMS_PROVIDERS', 'sns://eu-west-1?senderId=ACME&rate=20'],
    ['SMS_PROVIDERS', `gateway+https://sms.example/v1/send?secret=${SECRET}&template=file:${file}`],
    ['SMS_PROVIDERS', 'mail-gateway://127.0.0.1:1025?domain=sms.localhost&from=acs@acs.localhost'],
  ])('is accepted in production as %s=%s', (key, dsn) => {
    expect(findingsFor(key, dsn, true)).toEqual([]);
  });

  it.each<[Key, string]>([
    ['EMAIL_PROVIDERS', 'smtp://mail.example?tls=off'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?tls=opportunistic'],
    ['EMAIL_PROVIDERS', 'smtp://127.0.0.1.example?tls=off'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@127.0.0.1:4010?from=%2B15550100&scheme=http'],
    ['SMS_PROVIDERS', `gateway+http://127.0.0.1:4010/send?secret=${SECRET}`],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&receipts=http://acs.example'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?snsEndpoint=http://127.0.0.1:4010'],
    ['SMS_PROVIDERS', 'gateway+https://sms.example/send?secret=short'],
    ['SMS_PROVIDERS', `gateway+https://sms.example/send?secret=${'ab'.repeat(20)}`],
    ['SMS_PROVIDERS', 'mail-gateway://mail.example:25?domain=sms.localhost&from=acs@acs.localhost'],
  ])('is refused in production, and only there, as %s=%s', (key, dsn) => {
    expect(findingsFor(key, dsn, false)).toEqual([]);
    expect(findingsFor(key, dsn, true)).toHaveLength(1);
  });

  it.each<[Key, string]>([
    ['EMAIL_PROVIDERS', 'mail.example'],
    ['EMAIL_PROVIDERS', 'http://mail.example'],
    ['EMAIL_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=%2B15550100'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example:port'],
    ['EMAIL_PROVIDERS', 'smtp://u:%zz@mail.example'],
    ['EMAIL_PROVIDERS', 'smtp://user@mail.example'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example/path'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?tls=maybe'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?tls=off&tls=required'],
    ['EMAIL_PROVIDERS', 'smtps://mail.example?tls=off'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?pool=0'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?rate=fast'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?rate=0'],
    ['SMS_PROVIDERS', 'sns://eu-west-1?rate=10001'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?requireTLS=true'],
    ['EMAIL_PROVIDERS', `smtp://mail.example?dkimDomain=acme.example&dkimKey=file:${file}`],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?dkimDomain=acme.example&dkimSelector=s1&dkimKey=file:/nowhere'],
    ['EMAIL_PROVIDERS', `smtp://mail.example?dkimDomain=acme.example&dkimSelector=s1&dkimKey=${file}`],
    ['EMAIL_PROVIDERS', 'ses://ireland'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?configurationSet=a&receipts=https://acs.example'],
    ['EMAIL_PROVIDERS', `ses://eu-west-1?topicArn=${TOPIC}&receipts=https://acs.example`],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?topicArn=arn:aws:sqs:eu-west-1:123456789012:events'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?snsEndpoint=nowhere'],
    ['EMAIL_PROVIDERS', 'smtp://mail.example?receipts=https://acs.example'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&receipts=acs.example'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&receipts='],
    ['SMS_PROVIDERS', 'sns://eu-west-1?receipts=https://acs.example'],
    ['EMAIL_PROVIDERS', 'ses://eu-west-1?configurationSet=a%20b'],
    ['SMS_PROVIDERS', 'smtp://mail.example'],
    ['SMS_PROVIDERS', 'twilio://api.twilio.com?from=%2B15550100'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from='],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&messagingServiceSid=MG1'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?messagingServiceSid=AC1'],
    ['SMS_PROVIDERS', 'twilio://AC1:token@api.twilio.com?from=1&scheme=ftp'],
    ['SMS_PROVIDERS', 'sns://eu-west-1?senderId=TWELVELETTER'],
    ['SMS_PROVIDERS', 'sns://eu-west-1?senderId=12345'],
    ['SMS_PROVIDERS', 'gateway+https://sms.example/send'],
    ['SMS_PROVIDERS', `gateway+https://sms.example/send?secret=${SECRET}&template=inline`],
    ['SMS_PROVIDERS', `gateway+https://sms.example/send?secret=${SECRET}#fragment`],
    ['SMS_PROVIDERS', 'mail-gateway://mail.example?domain=sms.localhost&from=a@b.example'],
    ['SMS_PROVIDERS', 'mail-gateway://mail.example:25?from=a@b.example'],
    ['SMS_PROVIDERS', 'mail-gateway://mail.example:25?domain=sms.localhost&from=nobody'],
  ])('is refused as %s=%s', (key, dsn) => {
    const findings = findingsFor(key, dsn, false);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(new RegExp(`^${key} provider 1 `));
  });

  it('is told by position, never by what it holds, not even the tail of a secret with an ampersand', () => {
    const dsns =
      'smtp://CANARY:CANARY@CANARY.example?pool=CANARY gateway+https://h/p?secret=x&CANARY=1 CANARY://x';
    const findings = findingsFor('EMAIL_PROVIDERS', dsns, true);
    for (const position of [1, 2, 3]) expect(findings.join()).toContain(`provider ${position} `);
    expect(findings.join().toUpperCase()).not.toContain('CANARY');
  });
});

describe('the API process', () => {
  const SILENT = 'smtp://mail.example?dkimKey=file:/nowhere nonsense://x';
  const ASKING = 'twilio://AC1:token@api.twilio.com?from=1&receipts=https://acs.example';

  it('reads the providers that ask for receipts, and no others', () => {
    const { receiptProviders } = loadApiEnvironment({
      ...GOOD_API,
      EMAIL_PROVIDERS: SILENT,
      SMS_PROVIDERS: `${SILENT} ${ASKING}`,
    });
    expect(receiptProviders.map(({ scheme }) => scheme)).toEqual(['twilio']);
    expect(loadApiEnvironment(GOOD_API).receiptProviders).toEqual([]);
  });

  it('refuses one of them by its position', () => {
    const env = {
      ...GOOD_API,
      SMS_PROVIDERS: `${SILENT} twilio://api.twilio.com?from=1&receipts=https://a.b`,
    };
    expect(findingsOf(loadApiEnvironment, env)).toEqual([
      expect.stringMatching(/^SMS_PROVIDERS provider 3 /),
    ]);
  });

  it('refuses a key of the ring as the secret of one of them, in production', () => {
    const env = {
      ...GOOD_API,
      NODE_ENV: 'production',
      SMS_PROVIDERS: `gateway+https://h/p?secret=${encodeURIComponent(RANDOM_KEY)}&receipts=https://acs.example`,
    };
    expect(findingsOf(loadApiEnvironment, env)).toEqual([
      expect.stringMatching(/^SMS_PROVIDERS holds a key/),
    ]);
  });
});
