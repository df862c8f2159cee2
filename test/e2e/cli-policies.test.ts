import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/quickstart/ports.js';
import { POLICY_EXAMPLES } from '../../src/policy/http/policy-examples.js';
import { type Acs, startAcs } from '../support/acs.js';
import { acs as run, type CliRun, fileOf } from '../support/cli.js';
import { UnreliableProxy } from '../support/unreliable-proxy.js';

let service: Acs;
let token: string;

beforeAll(async () => {
  service = await startAcs({ workers: 0 });
  token = await service.token('acme');
});

afterAll(async () => {
  await service.stop();
});

const api = (): string => service.apis[0]!.url;

async function apply(...args: string[]): Promise<CliRun> {
  return run(['policy', 'apply', ...args], { env: { ACS_TOKEN: token } });
}

async function versionOf(alias: string): Promise<unknown> {
  const { body } = await service
    .api('acme')
    .request<{ items: { alias: string; version: number }[] }>('GET', '/v1/policies?limit=200');
  return body.items.find((item) => item.alias === alias)?.version;
}

const email = (alias: string, text = 'Your code is {{ code }}'): Record<string, unknown> => ({
  alias,
  type: 'EMAIL_OTP',
  template: { defaultLocale: 'en', locales: { en: { subject: 'Code', text } } },
});

/** One for each way to be refused, and some for several at once. */
const REFUSED: readonly unknown[] = [
  {},
  [],
  'text',
  42,
  { ...email('Alias'), extra: true },
  { alias: 'a', type: 'OTHER', conditions: { limits: [1, {}], resend: [] } },
  { alias: 'a', type: 'TOKEN', conditions: { code: { length: 6 }, resend: { max: 1 } } },
  { alias: 'a', type: 'TOKEN', template: email('a')['template'] },
  { alias: 'a', type: 'EMAIL_OTP' },
  { ...email('a'), conditions: { maxAttempts: 10, expiresInSeconds: 86_400 } },
  { ...email('a'), conditions: { maxAttempts: 11 } },
  email('a', 'No secret {{ unknown }}'),
  email('a', '{% if'),
  {
    ...POLICY_EXAMPLES.EMAIL_LINK.value,
    template: { ...POLICY_EXAMPLES.EMAIL_LINK.value.template, link: 'https://evil.example/#{{ token }}' },
  },
  {
    alias: 'a',
    type: 'SMS_OTP',
    template: { defaultLocale: 'nl', locales: { en: { text: '{{ code }} {{ variables.name }}' } } },
  },
  { ...email('a'), id: 'x', version: 1, description: 'NUL \0 and \ud800' },
  { ...email('a'), description: 'x'.repeat(70_000) },
];

describe('policy lint against a running API', () => {
  it.each(REFUSED.map((policy, index) => [index, policy] as const))(
    'finds what the API finds (%i)',
    async (_index, policy) => {
      const { status, body } = await service
        .api('acme')
        .request('POST', '/v1/policies', JSON.stringify(policy));
      expect(status).toBeGreaterThanOrEqual(400);
      // A list is a list of policies to lint: one that is a list itself stands in another.
      const file = fileOf('policy.json', JSON.stringify([policy]));
      const args = ['policy', 'lint', file, '--json', '--tenant', 'acme', '--api', api(), '--token', token];
      const { code, out } = await run(args);
      expect(code).toBe(1);
      const linted = JSON.parse(out[0]!) as Record<string, unknown>;
      expect({ code: linted['code'], errors: linted['errors'] }).toEqual({
        code: body.code,
        errors: body.errors ?? [],
      });
    },
  );

  it('finds nothing where the API finds nothing', async () => {
    const file = fileOf(
      'examples.json',
      Object.values(POLICY_EXAMPLES).map(({ value }) => value),
    );
    const { code, notes } = await run(['policy', 'lint', file, '--api', `${api()}/v1/`, '--token', token]);
    expect({ code, notes }).toEqual({ code: 0, notes: [] });
  });
});

describe('policy apply', () => {
  it('creates, updates what differs, and leaves alone what does not', async () => {
    const file = fileOf(
      'policies.yaml',
      'alias: applied-token\ntype: TOKEN\n---\nalias: applied-other\ntype: TOKEN\n',
    );
    expect(await apply(file, '--api', api(), '--dry-run')).toEqual({
      code: 0,
      out: ['would be created   applied-token', 'would be created   applied-other'],
      notes: [],
    });
    expect(await versionOf('applied-token')).toBeUndefined();
    expect((await apply(file, '--api', api())).out).toEqual([
      'created     applied-token  version 1',
      'created     applied-other  version 1',
    ]);
    expect((await apply(file, '--api', api())).out).toEqual([
      'unchanged   applied-token  version 1',
      'unchanged   applied-other  version 1',
    ]);
    const changed = fileOf(
      'policies.yaml',
      'alias: applied-token\ntype: TOKEN\nconditions: { maxAttempts: 1 }\n',
    );
    expect((await apply(changed, '--api', api(), '--dry-run')).out).toEqual([
      'would be updated   applied-token  version 1  /conditions/maxAttempts',
    ]);
    expect((await apply(changed, '--api', api())).out).toEqual([
      'updated     applied-token  version 2  /conditions/maxAttempts',
    ]);
    expect(await versionOf('applied-token')).toBe(2);
    expect(await versionOf('applied-other')).toBe(1);
  });

  it('makes no new version of the seeded policies, defaults and all', async () => {
    const examples = Object.values(POLICY_EXAMPLES).map(({ value }) => value);
    const file = fileOf('examples.json', examples);
    expect((await apply(file, '--api', api())).code).toBe(0);
    const { out } = await apply(file, '--api', api());
    expect(out.map((line) => line.split(' ')[0])).toEqual(examples.map(() => 'unchanged'));
  });

  it('changes nothing when one of the files has a finding', async () => {
    const good = fileOf('good.json', { alias: 'not-made', type: 'TOKEN' });
    const bad = fileOf('bad.json', email('bad', 'No secret'));
    const { code, out, notes } = await apply(good, bad, '--api', api());
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('code-missing');
    expect(notes).toEqual(['error: 1 of 2 policies would be refused.']);
    expect(await versionOf('not-made')).toBeUndefined();
  });

  it('changes nothing when a policy has another type', async () => {
    const first = fileOf('first.json', { alias: 'typed', type: 'TOKEN' });
    await apply(first, '--api', api());
    const files = [
      fileOf('new.json', { alias: 'not-made', type: 'TOKEN' }),
      fileOf('other.json', email('typed')),
    ];
    const { code, notes } = await apply(...files, '--api', api());
    expect(code).toBe(1);
    expect(notes.join('\n')).toMatch(/Nothing was changed[^]*typed: policy-type-fixed/);
    expect(await versionOf('not-made')).toBeUndefined();
  });

  it('gets its token with client credentials', async () => {
    const file = fileOf('p.json', { alias: 'by-client', type: 'TOKEN' });
    const args = ['policy', 'apply', file, '--api', api(), '--client', 'acme:acme-secret'];
    expect((await run(args)).code).toBe(2);
    const { code, out } = await run([...args, '--token-url', `${service.issuer}/token`]);
    expect({ code, out }).toEqual({ code: 0, out: ['created     by-client  version 1'] });
    const wrong = args.map((arg) => arg.replace('acme-secret', 'wrong-secret'));
    const refused = await run([...wrong, '--token-url', `${service.issuer}/token`]);
    expect(refused.code).toBe(1);
    expect(refused.notes.join('\n')).toContain('invalid_client');
    expect(refused.notes.join('\n')).not.toContain('wrong-secret');
  });

  it('says which scope the token lacks, and never shows the token', async () => {
    const narrow = await service.token('acme', ['challenge:policy:get']);
    const file = fileOf('p.json', { alias: 'no-scope', type: 'TOKEN' });
    const args = ['policy', 'apply', file, '--api', api(), '--token', narrow];
    const { code, notes } = await run(args);
    expect(code).toBe(1);
    expect(notes.join('\n')).toContain('needs the scope challenge:configuration:get');
    expect(notes.join('\n')).not.toContain(narrow);
  });

  it('says so when the API cannot be reached, and when nobody calls', async () => {
    const file = fileOf('p.json', { alias: 'unreached', type: 'TOKEN' });
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const unreached = await run(['policy', 'apply', file, '--api', nowhere, '--token', 'x']);
    expect(unreached.code).toBe(1);
    expect(unreached.notes.join('\n')).toContain(`${nowhere} refused the connection`);
    const nobody = await run(['policy', 'apply', file, '--api', api()]);
    expect(nobody.code).toBe(2);
    expect(nobody.notes.join('\n')).toContain('ACS_TOKEN');
  });
});

describe('policy apply through a bad line', () => {
  let proxy: UnreliableProxy;

  beforeAll(async () => {
    proxy = await UnreliableProxy.start(api());
  });

  afterAll(async () => {
    await proxy.stop();
  });

  it('makes no second version when the answer of a write is lost', async () => {
    const file = fileOf('p.json', { alias: 'lost-answer', type: 'TOKEN' });
    proxy.lose = 1;
    expect((await apply(file, '--api', proxy.url)).out).toEqual(['created     lost-answer  version 1']);
    const changed = fileOf('p.json', { alias: 'lost-answer', type: 'TOKEN', description: 'changed' });
    proxy.lose = 1;
    expect((await apply(changed, '--api', proxy.url)).out).toEqual([
      'updated     lost-answer  version 2  /description',
    ]);
    expect(await versionOf('lost-answer')).toBe(2);
  });

  it('waits while the API is overloaded', async () => {
    const file = fileOf('p.json', { alias: 'overloaded', type: 'TOKEN' });
    proxy.refuse = 2;
    expect((await apply(file, '--api', proxy.url)).out).toEqual(['created     overloaded  version 1']);
    expect(proxy.refuse).toBe(0);
  });

  it('decides anew when somebody else changes the policy in between', async () => {
    const file = fileOf('p.json', { alias: 'contended', type: 'TOKEN', description: 'ours' });
    await apply(fileOf('p.json', { alias: 'contended', type: 'TOKEN' }), '--api', api());
    proxy.before = async (method) => {
      if (method !== 'PUT') return;
      proxy.before = () => Promise.resolve();
      await apply(
        fileOf('p.json', { alias: 'contended', type: 'TOKEN', description: 'theirs' }),
        '--api',
        api(),
      );
    };
    expect((await apply(file, '--api', proxy.url)).out).toEqual([
      'updated     contended  version 3  /description',
    ]);
  });
});
