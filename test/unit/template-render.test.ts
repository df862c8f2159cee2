import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderMessage } from '../../src/template/render.js';
import { TemplateError } from '../../src/template/template-error.js';
import type { LocaleTemplate, Template, TemplateVariables } from '../../src/template/template.js';

function templateOf(en: LocaleTemplate, rest: Partial<Template> = {}): Template {
  return { defaultLocale: 'en', link: null, originDomain: null, locales: { en }, ...rest };
}

function variablesOf(given: Partial<TemplateVariables> = {}): TemplateVariables {
  return {
    code: '123456',
    challengeId: '019b7600-0000-7000-8000-000000000001',
    expiresInMinutes: 5,
    action: null,
    tenant: 'acme',
    variables: {},
    ...given,
  };
}

const NAMED = templateOf({
  subject: 'Hi {{ variables.name }}',
  text: '{{ code }} for {{ variables.name }}',
  html: '<a title="{{ variables.name }}">{{ code }}</a>',
});

describe('rendering a message', () => {
  it('fills in what the challenge is about', () => {
    const template = templateOf({
      subject: '{{ action.name }}',
      text: '{{ code }} {{ challengeId }} {{ expiresInMinutes }} {{ tenant }} {{ action.details.amount }}',
    });
    const action = { name: 'payment', details: { amount: 12.5 } };
    expect(renderMessage(template, 'EMAIL_OTP', null, variablesOf({ action }))).toEqual({
      locale: 'en',
      subject: 'payment',
      text: '123456 019b7600-0000-7000-8000-000000000001 5 acme 12.5',
      html: null,
    });
  });

  it('escapes every value in HTML, and in HTML alone', () => {
    const message = renderMessage(
      NAMED,
      'EMAIL_OTP',
      null,
      variablesOf({ variables: { name: `<b a="1">'&` } }),
    );
    expect(message.text).toBe(`123456 for <b a="1">'&`);
    expect(message.html).toBe('<a title="&lt;b a=&quot;1&quot;&gt;&#39;&amp;">123456</a>');
  });

  it('never lets a value out of the HTML attribute or text that it stands in', () => {
    const dangerous = fc.string({
      unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', ' ', '=', '\n'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(dangerous, (name) => {
        const { html } = renderMessage(NAMED, 'EMAIL_OTP', null, variablesOf({ variables: { name } }));
        const value = /^<a title="(.*)">123456<\/a>$/s.exec(html ?? '')?.[1];
        expect(value).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('keeps a subject on one line whatever is put into it', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\r', '\n', '\0', '\u2028', '\u2029', '\u0085', 'Bcc: x@y', 'é'),
      maxLength: 200,
    });
    fc.assert(
      fc.property(hostile, (name) => {
        const { subject } = renderMessage(NAMED, 'EMAIL_OTP', null, variablesOf({ variables: { name } }));
        expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });

  it('cuts a subject that a value makes too long', () => {
    const { subject } = renderMessage(
      NAMED,
      'EMAIL_OTP',
      null,
      variablesOf({ variables: { name: '\u{1F600}'.repeat(256) } }),
    );
    expect(Array.from(subject ?? '')).toHaveLength(250);
    expect((subject ?? '').isWellFormed()).toBe(true);
  });

  it('removes control characters from texts, and keeps line breaks', () => {
    const { text } = renderMessage(
      NAMED,
      'EMAIL_OTP',
      null,
      variablesOf({ variables: { name: 'a\u0007\r\nb\rc\td' } }),
    );
    expect(text).toBe('123456 for a\nb\nc\td');
  });

  it('fails without a variable that it demands, and names it', () => {
    const error = catchTemplateError(() => renderMessage(NAMED, 'EMAIL_OTP', null, variablesOf()));
    expect(error.code).toBe('undefined-variable');
    expect(error.message).toContain('variables.name');
  });

  it('prints nothing for what the details of an action lack, whatever their keys', () => {
    const template = templateOf({
      text: '[{{ action.details.a.b.c }}{% for line in action.details.lines %}{{ line.name }}{{ line.nope }};{% endfor %}]',
    });
    const action = {
      name: 'x',
      details: {
        lines: [{ name: 1 }, { name: 2 }],
        a: { liquidMethodMissing: 1, toString: 2, '#members': 3 },
      },
    };
    expect(renderMessage(template, 'SMS_OTP', null, variablesOf({ action })).text).toBe('[1;2;]');
    expect(renderMessage(template, 'SMS_OTP', null, variablesOf()).text).toBe('[]');
  });

  it.each([
    '{{ variables.constructor }}',
    '{{ variables.__proto__ }}',
    '{{ code.constructor }}',
    '{{ action.details.constructor }}',
  ])('reaches nothing of the language through %s', (text) => {
    const error = catchTemplateError(() =>
      renderMessage(
        templateOf({ text }),
        'SMS_OTP',
        null,
        variablesOf({ action: { name: 'x', details: {} } }),
      ),
    );
    expect(error).toBeInstanceOf(TemplateError);
  });
});

describe('the link of an EMAIL_LINK message', () => {
  const template = templateOf(
    { subject: 'Confirm', text: '{{ link }}', html: '<a href="{{ link }}">x</a>' },
    {
      link: 'https://app.acme.example/confirm?for={{ variables.name }}&c={{ challengeId }}#token={{ token }}',
    },
  );

  it('percent-encodes every value, so that none changes where it leads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (name) => {
        const { text } = renderMessage(
          template,
          'EMAIL_LINK',
          null,
          variablesOf({ token: 'tok-en_1', variables: { name } }),
        );
        const link = new URL(text);
        expect(link.origin).toBe('https://app.acme.example');
        expect(link.pathname).toBe('/confirm');
        expect(link.searchParams.get('for')).toBe(name.toWellFormed());
        expect(link.hash).toBe('#token=tok-en_1');
      }),
    );
  });

  it('stands escaped in HTML', () => {
    const { html } = renderMessage(
      template,
      'EMAIL_LINK',
      null,
      variablesOf({ token: 't', variables: { name: 'x' } }),
    );
    expect(html).toContain('for=x&amp;c=');
  });
});

describe('the locale of a message', () => {
  const template = templateOf(
    { text: 'en {{ code }}' },
    {
      locales: {
        en: { text: 'en' },
        nl: { text: 'nl' },
        'pt-BR': { text: 'pt-BR' },
        'zh-Hant': { text: 'zh-Hant' },
      },
    },
  );

  it.each([
    [null, 'en'],
    ['nl', 'nl'],
    ['nl-BE', 'nl'],
    ['NL-be', 'nl'],
    ['nl-BE-x-private', 'nl'],
    ['pt-br', 'pt-BR'],
    ['pt', 'en'],
    ['zh-Hant-TW', 'zh-Hant'],
    ['fr', 'en'],
    ['', 'en'],
  ])('is for %s the text in %s', (wanted, expected) => {
    expect(renderMessage(template, 'SMS_OTP', wanted, variablesOf()).text).toBe(expected);
    expect(renderMessage(template, 'SMS_OTP', wanted, variablesOf()).locale).toBe(expected);
  });
});

function catchTemplateError(work: () => unknown): TemplateError {
  try {
    work();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('The template was rendered');
}
