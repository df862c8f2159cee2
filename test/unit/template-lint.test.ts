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
function found(template: Template, context: LintContext): string[] {
  return lintTemplate(template, context).map(({ pointer, code }) => `${pointer} ${code}`);
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
  ])('finds nothing in %s', (_what, template, context) => {
    expect(lintTemplate(template, context)).toEqual([]);
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
    ['  \n', `${TEXT} text-missing`],
  ])('finds in the text %j: %s', (text, finding) => {
    expect(found(email(text), EMAIL)).toEqual([finding]);
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
  ])('finds in an e-mail with %j: %s', (parts, finding) => {
    expect(found(email('{{ code }}', parts), EMAIL)).toEqual([finding]);
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
    ['https://app.acme.example/#{{ token }}{{ link }}', 'unknown-variable'],
    ['https://app.acme.example/#{{ token', 'syntax'],
  ])('finds in the link %j: %s', (template, code) => {
    expect(found(link(template), LINK)).toEqual([`/template/link ${code}`]);
  });

  it('finds a message without the link', () => {
    expect(found(link('https://app.acme.example/#{{ token }}', 'Click'), LINK)).toEqual([
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
  ])('finds that an SMS may be too long: %#', (text) => {
    expect(found(sms(text), SMS)).toEqual([`${TEXT} sms-too-long`]);
  });

  it('counts the origin-bound line as part of the SMS', () => {
    const text = `{{ code }}${'a'.repeat(150)}`;
    expect(found(sms(text), { ...SMS, maxSegments: 1 })).toEqual([]);
    expect(found(sms(text, { originDomain: 'acme.example' }), { ...SMS, maxSegments: 1 })).toEqual([
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
  ])('finds that %s is no origin domain', (originDomain) => {
    expect(found(sms('{{ code }}', { originDomain }), SMS)).toEqual([
      '/template/originDomain domain-invalid',
    ]);
  });

  it('finds locales that are no language tags, doubles, and a default that is not there', () => {
    const locales = {
      en_US: { text: '{{ code }}' },
      'nl-be': { text: '{{ code }}' },
      'nl-BE': { text: '{{ code }}' },
      'a/b~': { text: '{{ code }}' },
    };
    expect(found(sms('', { locales, defaultLocale: 'en' }), SMS)).toEqual([
      '/template/locales/en_US locale-invalid',
      '/template/locales/a~1b~0 locale-invalid',
      '/template/locales/nl-BE duplicate',
      '/template/defaultLocale locale-missing',
    ]);
  });

  it('tells everything at once', () => {
    const template = templateOf(
      { subject: 'a\nb', text: '{{ nmae }} {{ other }}', html: '{{ code' },
      { defaultLocale: 'nl', originDomain: 'X' },
    );
    expect(found(template, EMAIL)).toEqual([
      '/template/defaultLocale locale-missing',
      '/template/originDomain domain-invalid',
      `${SUBJECT} header-injection`,
      `${TEXT} unknown-variable`,
      `${TEXT} unknown-variable`,
      `${HTML} syntax`,
    ]);
  });

  it('says where a variable stands that does not exist', () => {
    const [finding] = lintTemplate(email('{{ code }}\n  {{ nmae }}'), EMAIL);
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
