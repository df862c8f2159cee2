import { describe, expect, it } from '@jest/globals';
import type { LintContext } from '../../src/template/lint-context.js';
import { lintTemplate } from '../../src/template/lint.js';
import { requiredVariables } from '../../src/template/required-variables.js';
import type { LocaleTemplate, Template } from '../../src/template/template.js';

const EMAIL: LintContext = {
  type: 'EMAIL_OTP',
  code: { length: 6, alphabet: 'DIGITS' },
  expiresInSeconds: 600,
  tenant: 'acme',
  maxSegments: 2,
  allowedOrigins: ['https://app.acme.example', 'http://localhost:3000'],
};
const SMS: LintContext = { ...EMAIL, type: 'SMS_OTP' };
const LINK: LintContext = { ...EMAIL, type: 'EMAIL_LINK', code: null };

function templateOf(en: LocaleTemplate, rest: Partial<Template> = {}): Template {
  return { defaultLocale: 'en', link: null, originDomain: null, locales: { en }, ...rest };
}

function email(text: string, rest: Partial<LocaleTemplate> = {}): Template {
  return templateOf({ subject: 'Hello', text, ...rest });
}

function sms(text: string, rest: Partial<Template> = {}): Template {
  return templateOf({ text }, rest);
}

function link(template: string | null, text = '{{ link }}'): Template {
  return templateOf({ subject: 'Confirm', text }, { link: template });
}

/** Findings as `pointer code`. */
async function found(template: Template, context: LintContext): Promise<string[]> {
  return (await lintTemplate(template, context)).map(({ pointer, code }) => `${pointer} ${code}`);
}

const TEXT = '/template/locales/en/text';
const SUBJECT = '/template/locales/en/subject';
const HTML = '/template/locales/en/html';

describe('linting a template', () => {
  it.each([
    ['a plain one', email('{{ code }}'), EMAIL],
    [
      'a grouped code',
      email('{{ code | slice: 0, 3 }} {{ code | slice: 3, 3 }}', {
        html: '<b>{{ code | slice: 0 }}</b>{{ code | slice: 1, 9 }}',
      }),
      EMAIL,
    ],
    [
      'conditions, loops and details',
      email(
        '{% if action %}{{ action.name }}: {% for line in action.details.lines %}{{ line.name | upcase }}{% endfor %}{% endif %}{{ code }}',
      ),
      EMAIL,
    ],
    ['a link', link('https://app.acme.example/x?c={{ challengeId }}#t={{ token }}'), LINK],
    ['a link to the own machine', link('http://localhost:3000/#{{ token }}', '{{ token }}'), LINK],
    ['a bound SMS', sms('{{ code }}', { originDomain: 'acme.example' }), SMS],
    ['an SMS with a shortened value', sms('{{ code }} {{ variables.name | truncate: 20 }}'), SMS],
    [
      'a code in every branch',
      email(
        '{% if variables.a %}{{ code }}{% else %}{% assign c = code | slice: 0, 3 %}{{ c }}-{{ code | slice: 3, 3 }}{% endif %}',
      ),
      EMAIL,
    ],
    ['a code figure by figure', sms('{% for i in (0..5) %}{{ code | slice: i }} {% endfor %}'), SMS],
    [
      'an SMS of which only one branch is sent',
      sms(
        `{{ code }}{% if variables.a %}${'a'.repeat(150)}{% elsif variables.b %}${'b'.repeat(150)}{% else %}${'c'.repeat(150)}{% endif %}`,
      ),
      { ...SMS, maxSegments: 1 },
    ],
    [
      'an SMS with one of different cases',
      sms(
        `{{ code }}{% case variables.a %}{% when "x" %}${'a'.repeat(150)}{% when "y" %}${'b'.repeat(150)}{% endcase %}`,
      ),
      { ...SMS, maxSegments: 1 },
    ],
    [
      'an SMS with values that cannot grow',
      sms(
        '{{ code }} {{ action.details.amount | truncate: 12 | replace: ".", "," }} {{ variables.n | plus: 1 }} {{ tenant | upcase }}{% for line in action.details.lines limit: 2 %}{{ line | truncate: 5 }}{% endfor %}',
      ),
      SMS,
    ],
    [
      'an SMS whose text ends in line breaks',
      sms(`{{ code }}${'a'.repeat(154)}\n\n`),
      { ...SMS, maxSegments: 1 },
    ],
  ])('finds nothing in %s', async (_what, template, context) => {
    expect(await lintTemplate(template, context)).toEqual([]);
  });

  it.each([
    ['{{ code', `${TEXT} syntax`],
    ['{% if code %}{{ code }}', `${TEXT} syntax`],
    ['{{ code | shout }}', `${TEXT} syntax`],
    ['{% include "x" %}{{ code }}', `${TEXT} syntax`],
    ['{% render "/etc/passwd" %}{{ code }}', `${TEXT} syntax`],
    ['{% layout "x" %}{{ code }}', `${TEXT} syntax`],
    ['{% capture x %}{% endcapture %}{{ code }}', `${TEXT} syntax`],
    ['{{ code | raw }}', `${TEXT} syntax`],
    ['{{ code | date: "%Y" }}', `${TEXT} syntax`],
    ['{{ code }} {{ nmae }}', `${TEXT} unknown-variable`],
    ['{{ code }} {% if false %}{{ nmae }}{% endif %}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ token }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ link }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ action.nmae }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ code.size }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ action.name.size }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ variables }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ variables[tenant] }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ variables.a.b }}', `${TEXT} unknown-variable`],
    ['{{ code }} {{ action }}', `${TEXT} unprintable`],
    ['Your code', `${TEXT} code-missing`],
    ['{% if false %}{{ code }}{% endif %}', `${TEXT} code-missing`],
    ['{% if variables.x %}{{ code }}{% endif %}', `${TEXT} code-missing`],
    ['{% unless variables.x %}no{% else %}{{ code }}{% endunless %}', `${TEXT} code-missing`],
    ['{% if variables.x %}{{ code }}{% elsif action %}{{ code }}{% endif %}', `${TEXT} code-missing`],
    ['{% case variables.x %}{% when "a" %}a{% else %}{{ code }}{% endcase %}', `${TEXT} code-missing`],
    ['{% for line in action.details.lines %}{{ code }}{% endfor %}', `${TEXT} code-missing`],
    ['{% if action.details.x == "y" %}{% else %}{{ code }}{% endif %}', `${TEXT} code-missing`],
    ['  \n', `${TEXT} text-missing`],
  ])('finds in the text %j: %s', async (text, finding) => {
    expect(await found(email(text), EMAIL)).toEqual([finding]);
  });

  it.each([
    [{ subject: '' }, `${SUBJECT} subject-missing`],
    [{ subject: 'Hello\r\nBcc: a@b.example' }, `${SUBJECT} header-injection`],
    [{ subject: 'Hello\u2028' }, `${SUBJECT} header-injection`],
    [{ subject: '{{ nmae }}' }, `${SUBJECT} unknown-variable`],
    [{ html: '<p>Your code</p>' }, `${HTML} code-missing`],
    [{ html: '<p title="{{ code }}">Your code</p>' }, `${HTML} code-missing`],
    [{ html: '{{ code | raw }}' }, `${HTML} syntax`],
    [{ html: '<p>{{ code }}</p>', text: '' }, `${TEXT} text-missing`],
  ])('finds in an e-mail with %j: %s', async (parts, finding) => {
    expect(await found(email('{{ code }}', parts), EMAIL)).toEqual([finding]);
  });

  it.each([
    [null, 'link-missing'],
    ['http://app.acme.example/#{{ token }}', 'link-not-https'],
    ['//app.acme.example/#{{ token }}', 'link-not-https'],
    ['javascript:alert(1)//#{{ token }}', 'link-not-https'],
    ['https://{{ tenant }}.acme.example/#{{ token }}', 'link-not-https'],
    ['https://app.acme.example{{ variables.x }}/#{{ token }}', 'link-not-https'],
    ['https://app.acme.example@evil.example/#{{ token }}', 'link-not-https'],
    ['https://app.acme.example\\@evil.example/#{{ token }}', 'link-not-https'],
    ['https://evil.example/#{{ token }}', 'origin-not-allowed'],
    ['https://app.acme.example:8443/#{{ token }}', 'origin-not-allowed'],
    ['https://app.acme.example/?t={{ token }}', 'token-misplaced'],
    ['https://app.acme.example/{{ token }}#{{ token }}', 'token-misplaced'],
    ['https://app.acme.example/#', 'token-misplaced'],
    ['https://app.acme.example/#{% if variables.x %}{{ token }}{% endif %}', 'token-misplaced'],
    [
      'https://app.acme.example/{% unless variables.x %}{{ token }}{% endunless %}#{{ token }}',
      'token-misplaced',
    ],
    ['https://app.acme.example/{% if variables.x %}#{% endif %}{{ token }}', 'token-misplaced'],
    ['https://app.acme.example/#{{ token }}{{ link }}', 'unknown-variable'],
    ['https://app.acme.example/#{{ token', 'syntax'],
  ])('finds in the link %j: %s', async (template, code) => {
    expect(await found(link(template), LINK)).toEqual([`/template/link ${code}`]);
  });

  it('finds a message without the link', async () => {
    expect(await found(link('https://app.acme.example/#{{ token }}', 'Click'), LINK)).toEqual([
      `${TEXT} link-missing`,
    ]);
  });

  it.each([
    ['{{ code }} {{ variables.name }}', 'an unbounded value'],
    [`{{ code }}${'a'.repeat(301)}`, 'GSM-7 over two segments'],
    [`{{ code }}ж${'a'.repeat(128)}`, 'UCS-2 over two segments'],
    [`{{ code }} {{ variables.name | truncate: 20 }}${'a'.repeat(91)}`, 'UCS-2 by what a value may hold'],
    ['{{ code }}{{ action.name }}{{ action.name }}', 'a long action'],
    ['{{ code }}{% unless variables.x %}short{% else %}{{ variables.x }}{% endunless %}', 'a branch'],
    [`{{ code }}{% if variables.name %}hi{% else %}${'a'.repeat(600)}{% endif %}`, 'the other branch'],
    [
      `{{ code }}{% if variables.a contains "x" %}${'a'.repeat(600)}{% endif %}`,
      'a branch that samples miss',
    ],
    [`{{ code }}{% case variables.a %}{% when "x" %}${'a'.repeat(600)}{% endcase %}`, 'a case'],
    [
      `{{ code }} {{ variables.a | truncate: 40 | replace: "a", "${'b'.repeat(40)}" }}`,
      'a value that grows again',
    ],
    ['{{ code }} {{ variables.a | truncate: 12 | replace: "", "---------" }}', 'one between all characters'],
    ['{{ code }} {{ action.details.to | slice: 0, 12 }}', 'a list of which items are taken'],
    ['{{ code }}{% for line in action.details.lines %}- {% endfor %}', 'a loop without a limit'],
    [
      `{{ code }}{% assign s = "aa" %}{% for i in (1..9) %}{% assign s = s | append: s %}{% endfor %}{{ s }}`,
      'a variable that grows in a loop',
    ],
  ])('finds that an SMS may be too long: %#', async (text) => {
    expect(await found(sms(text), SMS)).toEqual([`${TEXT} sms-too-long`]);
  });

  it('counts the origin-bound line as part of the SMS', async () => {
    const text = `{{ code }}${'a'.repeat(150)}`;
    expect(await found(sms(text), { ...SMS, maxSegments: 1 })).toEqual([]);
    expect(await found(sms(text, { originDomain: 'acme.example' }), { ...SMS, maxSegments: 1 })).toEqual([
      `${TEXT} sms-too-long`,
    ]);
  });

  it.each([
    'Acme.example',
    'https://acme.example',
    'acme.example:443',
    'acme',
    'acme.example.',
    '-a.example',
    '127.0.0.1',
    'é.example',
    'a b.example',
  ])('finds that %s is no origin domain', async (originDomain) => {
    expect(await found(sms('{{ code }}', { originDomain }), SMS)).toEqual([
      '/template/originDomain domain-invalid',
    ]);
  });

  it('finds locales that are no language tags, doubles, and a default that is not there', async () => {
    const locales = {
      en_US: { text: '{{ code }}' },
      'nl-be': { text: '{{ code }}' },
      'nl-BE': { text: '{{ code }}' },
      'a/b~': { text: '{{ code }}' },
    };
    expect(await found(sms('', { locales, defaultLocale: 'en' }), SMS)).toEqual([
      '/template/locales/en_US locale-invalid',
      '/template/locales/a~1b~0 locale-invalid',
      '/template/locales/nl-BE duplicate',
      '/template/defaultLocale locale-missing',
    ]);
  });

  it('tells everything at once', async () => {
    const template = templateOf(
      { subject: 'a\nb', text: '{{ nmae }} {{ other }}', html: '{{ code' },
      { defaultLocale: 'nl', originDomain: 'X' },
    );
    expect(await found(template, EMAIL)).toEqual([
      '/template/defaultLocale locale-missing',
      '/template/originDomain domain-invalid',
      `${SUBJECT} header-injection`,
      `${TEXT} unknown-variable`,
      `${TEXT} unknown-variable`,
      `${HTML} syntax`,
    ]);
  });

  it('says where a variable stands that does not exist', async () => {
    const [finding] = await lintTemplate(email('{{ code }}\n  {{ nmae }}'), EMAIL);
    expect(finding?.detail).toMatch(/"nmae".*code, challengeId.*line 2, column 6/);
  });
});

describe('the variables that a template requires', () => {
  it.each([
    ['{{ variables.a }} {{ variables["b c"] | upcase }}', ['a', 'b c']],
    ['{{ variables.a | default: "x" }}', []],
    ['{{ variables.a | default: variables.b }}', ['b']],
    ['{% if variables.a %}{{ variables.a }}{{ variables.b }}{% endif %}', ['b']],
    ['{% if variables.a and variables.b %}{{ variables.a }}{{ variables.b }}{% endif %}', []],
    ['{% if variables.a or variables.b %}{{ variables.a }}{% endif %}', ['a']],
    ['{% if variables.a == "x" %}{{ variables.b }}{% else %}{{ variables.c }}{% endif %}', ['b', 'c']],
    ['{% unless variables.a %}{{ variables.b }}{% else %}{{ variables.c }}{% endunless %}', ['b', 'c']],
    [
      '{% case variables.a %}{% when "x" %}{{ variables.b }}{% else %}{{ variables.c }}{% endcase %}',
      ['b', 'c'],
    ],
    ['{% assign x = variables.a | append: variables.b %}{{ x }}', ['a', 'b']],
    ['{% for x in variables.a %}{{ x }}{{ variables.b }}{% endfor %}', ['a', 'b']],
    ['{% for x in (1..variables.n) %}{% endfor %}', ['n']],
  ])('of %j are %j', (text, names) => {
    expect(requiredVariables(sms(text))).toEqual(names);
  });

  it('are gathered from the link and every locale', () => {
    const template: Template = {
      ...link('https://app.acme.example/{{ variables.l }}#{{ token }}'),
      locales: {
        en: { text: '{{ variables.a }}', subject: '{{ variables.s }}', html: '{{ variables.h }}' },
        nl: { text: '{{ variables.n }}' },
      },
    };
    expect(requiredVariables(template)).toEqual(['a', 'h', 'l', 'n', 's']);
  });
});
