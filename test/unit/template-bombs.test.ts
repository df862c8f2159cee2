import { describe, expect, it } from '@jest/globals';
import { lintTemplate } from '../../src/template/lint.js';
import { renderMessage } from '../../src/template/render.js';
import { TemplateError } from '../../src/template/template-error.js';
import type { Template, TemplateVariables } from '../../src/template/template.js';

const CPU_BOUND_MS = 50;
/** What one request can hold, in characters. */
const LONGEST_BODY = 64 * 1_024;

const CONTEXT = {
  type: 'SMS_OTP',
  code: { length: 6, alphabet: 'DIGITS' },
  expiresInSeconds: 300,
  tenant: 'acme',
  maxSegments: 2,
  allowedOrigins: [],
} as const;

const VARIABLES: TemplateVariables = {
  code: '123456',
  challengeId: '019b7600-0000-7000-8000-000000000001',
  expiresInMinutes: 5,
  action: { name: 'x', details: { rows: Array.from({ length: 400 }, (_, index) => index) } },
  tenant: 'acme',
  variables: {},
};

function loops(depth: number, range: string, body: string): string {
  return `${'{% for i in RANGE %}'.replace('RANGE', range).repeat(depth)}${body}${'{% endfor %}'.repeat(depth)}`;
}

const LONG_CONDITION = Array.from({ length: 70 }, () => 'code == 1').join(' or ');

const BOMBS: Readonly<Record<string, string>> = {
  'empty nested loops': loops(6, '(1..90000)', ''),
  'small nested loops': loops(8, '(1..20)', ''),
  'nested loops that write': loops(4, '(1..100)', 'x'.repeat(20_000)),
  'one huge range': '{% for i in (1..100000000000) %}x{% endfor %}',
  'doubling by append': `{% assign s = "ab" %}${loops(1, '(1..60)', '{% assign s = s | append: s %}')}{{ s }}`,
  'growth by replace': `{% assign s = "${'a'.repeat(900)}" %}${loops(1, '(1..60)', '{% assign s = s | replace: "a", "aaaaaaaa" %}')}`,
  'a huge join': `{% assign l = "${'a,'.repeat(450)}" | split: "," %}{{ l | join: "${'x'.repeat(900)}" }}`,
  'filters in loops': loops(
    3,
    '(1..90)',
    '{{ code | append: code | upcase | split: "" | join: "-" | replace: "-", "+" | truncatewords: 3 }}',
  ),
  'searches in loops': `{% assign s = "${'a'.repeat(900)}" %}${loops(3, '(1..90)', '{% if s contains "aaaaaaaab" %}{% endif %}')}`,
  'conditions in loops': loops(3, '(1..90)', `{% if ${LONG_CONDITION} %}x{% endif %}`),
  'cases in loops': loops(
    3,
    '(1..90)',
    `{% case code %}{% when ${Array.from({ length: 200 }, (_, index) => index).join(', ')} %}x{% endcase %}`,
  ),
  'long chains of conditions': loops(
    3,
    '(1..90)',
    `{% if false %}${'{% elsif false %}'.repeat(230)}{% endif %}`,
  ),
  'variables that are not there': `{% assign x = "a" %}${loops(3, '(1..90)', `{% if x.a %}${'{% elsif x.a %}'.repeat(200)}{% endif %}`)}`,
  'long paths': loops(3, '(1..90)', `{% if action.details${'.a'.repeat(450)} %}x{% endif %}`),
  'deep nesting': `${'{% if code %}'.repeat(4_000)}${'{% endif %}'.repeat(4_000)}`,
  'deep nesting that never ends': '{% if code %}'.repeat(4_000),
  'nesting as deep as allowed': `${'{% if code %}'.repeat(125)}${loops(1, '(1..9999)', '{{ code }}')}${'{% endif %}'.repeat(125)}`,
  'many tags': '{{ code }}'.repeat(6_000),
  'a tag without end': `{{ code ${'| append: code '.repeat(4_000)}`,
  'one long tag': `{{ code ${'| append: code '.repeat(4_000)}}}`,
  'open braces': '{{'.repeat(30_000),
  'open tags': '{%'.repeat(30_000),
  'details that multiply':
    '{% for a in action.details.rows %}{% for b in action.details.rows %}{% for c in action.details.rows %}{{ a }}{% endfor %}{% endfor %}{% endfor %}',
};

describe.each(Object.entries(BOMBS))('a template bomb by %s', (_name, bomb) => {
  const template: Template = {
    defaultLocale: 'en',
    link: null,
    originDomain: null,
    locales: { en: { text: `${bomb}{{ code }}` } },
  };

  it('is stopped within 50 ms of CPU when it is linted', () => {
    expect(cpuMsOf(() => lintTemplate(template, CONTEXT))).toBeLessThan(CPU_BOUND_MS);
  });

  it('is stopped within 50 ms of CPU when it is rendered all the same', () => {
    const cpuMs = cpuMsOf(() => {
      expect(() => renderMessage(template, 'SMS_OTP', null, VARIABLES)).toThrow(TemplateError);
    });
    expect(cpuMs).toBeLessThan(CPU_BOUND_MS);
  });
});

describe('a template bomb in every locale', () => {
  it.each([
    'empty nested loops',
    'nested loops that write',
    'filters in loops',
    'details that multiply',
    'nesting as deep as allowed',
    'deep nesting that never ends',
  ])('by %s is stopped within 50 ms of CPU altogether', (name) => {
    const text = BOMBS[name]?.slice(0, LONGEST_BODY / 50) ?? '';
    const locales = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`en-x-${index}`, { text }]));
    const template: Template = { defaultLocale: 'en-x-0', link: null, originDomain: null, locales };
    expect(cpuMsOf(() => lintTemplate(template, CONTEXT))).toBeLessThan(CPU_BOUND_MS);
  });

  it('is refused', () => {
    const text = `${BOMBS['small nested loops'] ?? ''}{{ code }}`;
    const template: Template = {
      defaultLocale: 'en',
      link: null,
      originDomain: null,
      locales: { en: { text }, nl: { text } },
    };
    expect(lintTemplate(template, CONTEXT).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/template/locales/en/text', 'too-complex'],
      ['/template/locales/nl/text', 'too-complex'],
    ]);
  });
});

it('leaves a rich but ordinary template alone', () => {
  const row =
    '{% if action.details.rows %}{{ code }} {{ expiresInMinutes | plus: 1 }} {{ action.name | upcase }}{% endif %}';
  const locales = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [
      `en-x-${index}`,
      { subject: '{{ code }}', text: row.repeat(3), html: row.repeat(3) },
    ]),
  );
  const template: Template = { defaultLocale: 'en-x-0', link: null, originDomain: null, locales };
  expect(lintTemplate(template, { ...CONTEXT, type: 'EMAIL_OTP' })).toEqual([]);
});

/** The least of five runs: the process's CPU time also counts its garbage collector and compiler. */
function cpuMsOf(work: () => unknown): number {
  const runs = [1, 2, 3, 4, 5].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...runs);
}
