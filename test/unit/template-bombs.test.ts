import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LintContext } from '../../src/template/lint-context.js';
import { lintTemplate } from '../../src/template/lint.js';
import { renderMessage } from '../../src/template/render.js';
import { TemplateError } from '../../src/template/template-error.js';
import type { LocaleTemplate, Template, TemplateVariables } from '../../src/template/template.js';

const CPU_BOUND_MS = 50;
/** The least that the yardstick takes on two slow cores that do nothing else, in ms of CPU. */
const YARDSTICK_MS = 4.5;
const MOST_RUNS = 25;
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

  it('is stopped within 50 ms of CPU when it is linted', async () => {
    expect(await cpuMsOf(() => lintTemplate(template, CONTEXT))).toBeLessThan(CPU_BOUND_MS);
  });

  it('is stopped within 50 ms of CPU when it is rendered all the same', async () => {
    const cpuMs = await cpuMsOf(() => {
      expect(() => renderMessage(template, 'SMS_OTP', null, VARIABLES)).toThrow(TemplateError);
    });
    expect(cpuMs).toBeLessThan(CPU_BOUND_MS);
  });
});

/** A whole template in so many locales, each with the same parts. */
function inLocales(count: number, parts: LocaleTemplate, rest: Partial<Template> = {}): Template {
  const locales = Object.fromEntries(Array.from({ length: count }, (_, index) => [`en-x-${index}`, parts]));
  return { defaultLocale: 'en-x-0', link: null, originDomain: null, locales, ...rest };
}

function manyRounds(rounds: number, text: string): string {
  return `${loops(1, `(1..${rounds})`, text)}{{ code }}`;
}

/** A text that takes so many bytes in a request. */
function filled(bytes: number, unit: string): string {
  return unit.repeat(bytes / (Buffer.byteLength(JSON.stringify(unit)) - 2));
}

const EMAIL = { ...CONTEXT, type: 'EMAIL_OTP' } as const;
const LINK = {
  ...CONTEXT,
  type: 'EMAIL_LINK',
  code: null,
  allowedOrigins: ['https://app.acme.example'],
} as const;

const BOMBS_IN_LOCALES: readonly [string, LintContext, Template][] = [
  ...[5, 10, 20, 40].flatMap((rounds): [string, LintContext, Template][] =>
    ['x', '€', '\u{1F600}', '\u0007', '- ', '\r'].map((unit) => [
      `${rounds} rounds of ${JSON.stringify(unit)} in an SMS`,
      CONTEXT,
      inLocales(25, { text: manyRounds(rounds, filled(2_300, unit)) }),
    ]),
  ),
  ...['x', '<', '- ', '\u0007'].map((unit): [string, LintContext, Template] => [
    `static ${JSON.stringify(unit)} in every part of an e-mail`,
    EMAIL,
    inLocales(25, {
      subject: manyRounds(20, filled(700, unit)),
      text: manyRounds(20, filled(700, unit)),
      html: manyRounds(40, filled(700, unit)),
    }),
  ]),
  [
    'static text in the link and its every use',
    LINK,
    inLocales(
      50,
      { subject: '{{ link }}', text: '{{ link }}'.repeat(20), html: '{{ link }}'.repeat(20) },
      { link: `https://app.acme.example/#{{ token }}${loops(1, '(1..20)', 'x'.repeat(2_400))}` },
    ),
  ],
  [
    'static text alone, as much as a body holds',
    EMAIL,
    inLocales(50, {
      subject: '{{ code }}',
      text: `{{ code }}${'- '.repeat(270)}`,
      html: `{{ code }}${'<>'.repeat(270)}`,
    }),
  ],
  ...[
    'empty nested loops',
    'small nested loops',
    'one huge range',
    'doubling by append',
    'filters in loops',
    'conditions in loops',
    'cases in loops',
    'long paths',
    'details that multiply',
    'searches in loops',
  ].map((name): [string, LintContext, Template] => {
    const text = `${BOMBS[name] ?? ''}{{ code }}`;
    return [name, CONTEXT, inLocales(Math.min(50, Math.floor(60_000 / text.length)), { text })];
  }),
];

describe('a template bomb in every locale', () => {
  beforeAll(async () => {
    // What is measured is the work, not the compiler's.
    for (const [, context, template] of BOMBS_IN_LOCALES) await lintTemplate(template, context);
  });

  it.each(BOMBS_IN_LOCALES)(
    'by %s fits a request and is linted within 50 ms of CPU altogether',
    async (_name, context, template) => {
      expect(Buffer.byteLength(JSON.stringify(template))).toBeLessThanOrEqual(LONGEST_BODY);
      expect(await cpuMsOf(() => lintTemplate(template, context))).toBeLessThan(CPU_BOUND_MS);
    },
  );

  it('is whole, so that it is what it does that is refused', async () => {
    for (const [, context, template] of BOMBS_IN_LOCALES) {
      const findings = await lintTemplate(template, context);
      expect(findings.map(({ code }) => code)).not.toContain('syntax');
    }
  });

  it('is refused', async () => {
    const text = `${BOMBS['small nested loops'] ?? ''}{{ code }}`;
    const template: Template = {
      defaultLocale: 'en',
      link: null,
      originDomain: null,
      locales: { en: { text }, nl: { text } },
    };
    const findings = await lintTemplate(template, CONTEXT);
    expect(findings.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/template/locales/en/text', 'too-complex'],
      ['/template/locales/nl/text', 'too-complex'],
    ]);
  });
});

it('leaves a rich but ordinary template in every locale alone', async () => {
  const row =
    '{% if action.details.rows %}{{ expiresInMinutes | plus: 1 }} {{ action.name | upcase }}{% endif %} {{ code }}';
  const parts = { subject: '{{ code }}', text: row + 'x'.repeat(400), html: row + '<i>x</i>'.repeat(50) };
  const findings = await lintTemplate(inLocales(50, parts), EMAIL);
  expect(findings).toEqual([]);
});

/**
 * The least of as many runs as it takes to be within the bound: the process's CPU time also counts its garbage collector
 * and compiler, and what runs beside takes from its caches. What costs more than the bound never comes below it where the
 * yardstick takes what it should; a machine that takes so many times longer for it has a bound as many times looser.
 */
async function cpuMsOf(work: () => unknown): Promise<number> {
  const least = { work: Infinity, yardstick: Infinity };
  const costs = (): number => least.work / Math.max(1, least.yardstick / YARDSTICK_MS);
  for (let run = 0; run < MOST_RUNS && !(costs() < CPU_BOUND_MS); run += 1) {
    least.yardstick = Math.min(least.yardstick, await onceMs(yardstick));
    least.work = Math.min(least.work, await onceMs(work));
  }
  return costs();
}

async function onceMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Much the same as a template asks of a machine: many small strings and objects, made and looked at once. */
function yardstick(): number {
  const rows = Array.from({ length: 4_000 }, (_, index) => ({
    name: `row ${index}`,
    parts: [index, `${index * 7}`],
  }));
  return JSON.stringify(JSON.parse(JSON.stringify(rows))).length;
}
