import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../src/config/domain/configuration.js';
import { POLICY_EXAMPLES } from '../../src/policy/http/policy-examples.js';
import { acs, fileOf } from '../support/cli.js';

const CONFIGURATION = { ...DEFAULT_SETTINGS, links: { allowedOrigins: ['http://localhost:3000'] } };

const TWO_POLICIES = `# Both of the tenant's policies
- &base
  alias: first
  type: TOKEN
- alias: second
  type: EMAIL_OTP
  conditions:
    maxAttempts: 50
  template:
    defaultLocale: en
    locales:
      en: { subject: Hi, text: No secret }
---
alias: third
type: TOKEN
unknown: 1
`;

describe('policy lint', () => {
  it('takes JSON, and YAML with lists and several documents', async () => {
    const examples = Object.values(POLICY_EXAMPLES).map(({ value }) => value);
    const json = fileOf('all.json', examples);
    const yaml = fileOf(
      'more.yaml',
      'alias: one\ntype: TOKEN\n---\n---\n- { alias: two, type: TOKEN }\n...\n',
    );
    const run = await acs(['policy', 'lint', json, yaml, '--configuration', fileOf('c.json', CONFIGURATION)]);
    expect(run).toEqual({ code: 0, out: ['6 policies, no findings'], notes: [] });
  });

  it('tells every finding with its place in the file, and exits with 1', async () => {
    const file = fileOf('policies.yaml', TWO_POLICIES);
    const { code, out } = await acs(['policy', 'lint', file]);
    expect(code).toBe(1);
    expect(out).toEqual([
      `${file}:5:3  second: request-invalid`,
      `  ${file}:8:18  /conditions/maxAttempts  too-large  maxAttempts must not be greater than 10`,
      `  ${file}:12:32  /template/locales/en/text  code-missing  The message does not show {{ code }} to everybody: put it outside of conditions and loops, or in every branch.`,
      `${file}:14:1  third: request-invalid`,
      `  ${file}:16:10  /unknown  unknown-property  property unknown should not exist`,
    ]);
  });

  it('tells the place of what is missing by what it is missing from', async () => {
    const file = fileOf(
      'policy.yaml',
      'type: TOKEN\nconditions:\n  limits:\n    - { per: SUBJECT, windowSeconds: 60 }\n',
    );
    const { out } = await acs(['policy', 'lint', file]);
    expect(out.slice(1).map((line) => line.trim().split('  ', 3))).toEqual([
      [`${file}:1:1`, '/alias', 'required'],
      [`${file}:4:7`, '/conditions/limits/0/max', 'required'],
    ]);
  });

  it('says that it takes the defaults when no configuration is given', async () => {
    const file = fileOf('link.json', POLICY_EXAMPLES.EMAIL_LINK.value);
    const { code, out, notes } = await acs(['policy', 'lint', file]);
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('origin-not-allowed');
    expect(notes[0]).toContain('--configuration');
  });

  it('speaks JSON to programs', async () => {
    const { code, out } = await acs(['policy', 'lint', fileOf('p.yaml', TWO_POLICIES), '--json']);
    expect(code).toBe(1);
    const lines = out.map((line) => JSON.parse(line) as { alias: string; code: string; errors: unknown[] });
    expect(lines.map(({ alias, code: problem, errors }) => [alias, problem, errors.length])).toEqual([
      ['first', null, 0],
      ['second', 'request-invalid', 2],
      ['third', 'request-invalid', 1],
    ]);
  });

  it('refuses two policies with one alias, over all files', async () => {
    const files = ['a.yaml', 'b.yaml'].map((name) => fileOf(name, 'alias: same\ntype: TOKEN\n'));
    const { code, out } = await acs(['policy', 'lint', ...files]);
    expect(code).toBe(1);
    expect(out).toEqual([
      `${files[1]!}:1:1  same: policy-alias-taken`,
      `  ${files[1]!}:1:8  /alias  policy-alias-taken  An earlier policy of these files has the alias "same".`,
    ]);
  });

  it('tells of every file that cannot be read, with the line of a syntax error', async () => {
    const files = [
      fileOf('syntax.yaml', 'alias: a\n  type: [TOKEN\n'),
      fileOf('twice.yaml', 'alias: a\nalias: b\n'),
      fileOf('empty.yaml', '# nothing\n'),
      fileOf('bomb.yaml', bomb()),
      '/nowhere/policy.yaml',
    ];
    const { code, out, notes } = await acs(['policy', 'lint', ...files]);
    expect({ code, out }).toEqual({ code: 1, out: [] });
    const said = notes.join('\n');
    expect(said).toMatch(/syntax\.yaml cannot be read: .* at line 1, column 8/);
    expect(said).toMatch(/twice\.yaml cannot be read: Map keys must be unique at line 2/);
    expect(said).toMatch(/empty\.yaml holds no policy/);
    expect(said).toMatch(/bomb\.yaml cannot be read: Excessive alias count/);
    expect(said).toContain('/nowhere/policy.yaml does not exist.');
  });

  it('refuses a configuration that the API would refuse, with its findings', async () => {
    const policy = fileOf('p.yaml', 'alias: a\ntype: TOKEN\n');
    const bad = { ...CONFIGURATION, links: { allowedOrigins: ['http://elsewhere.example'] } };
    const { code, notes } = await acs(['policy', 'lint', policy, '--configuration', fileOf('c.json', bad)]);
    expect(code).toBe(1);
    expect(notes.join('\n')).toContain('/links/allowedOrigins/0  origin-invalid');
  });

  it('refuses what is too large for a request', async () => {
    const policy = { alias: 'large', type: 'TOKEN', description: 'x'.repeat(70_000) };
    const { code, out } = await acs(['policy', 'lint', fileOf('p.json', policy)]);
    expect(code).toBe(1);
    expect(out[0]).toContain('large: body-too-large: As JSON it has');
  });
});

/** A few lines that would be millions of values. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, level) => {
    const items = level === 0 ? 'x' : `*a${level - 1}`;
    return `a${level}: &a${level} [${Array.from({ length: 9 }, () => items).join(', ')}]`;
  });
  return `${lines.join('\n')}\n`;
}
