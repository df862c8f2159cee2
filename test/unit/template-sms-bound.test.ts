import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compiledLocale } from '../../src/template/compiled-template.js';
import { renderMessage } from '../../src/template/render.js';
import type { SampleFacts } from '../../src/template/samples.js';
import { mostSmsSegments, smsSegmentsFor } from '../../src/template/sms-length.js';
import { smsSegments } from '../../src/template/sms-segments.js';
import { tagLengths } from '../../src/template/tag-lengths.js';
import { TemplateError } from '../../src/template/template-error.js';
import type { Template, TemplateVariables } from '../../src/template/template.js';

const RUNS = process.env['SOAK'] ? 50_000 : 2_000;

const FACTS: SampleFacts = {
  type: 'SMS_OTP',
  code: { length: 6, alphabet: 'DIGITS' },
  expiresInSeconds: 300,
  tenant: 'acme',
};

function sms(text: string, originDomain: string | null = null): Template {
  return { defaultLocale: 'en', link: null, originDomain, locales: { en: { text } } };
}

function bound(template: Template): number {
  return mostSmsSegments(compiledLocale(template.locales['en']!).text, template.originDomain, FACTS);
}

const unit = fc.constantFrom(
  'a',
  'B',
  'ß',
  'İ',
  'ŉ',
  '€',
  '^',
  'ж',
  '\u{1F600}',
  '\u{10428}',
  ' ',
  '\n',
  '.',
  'x',
  ',',
);

/** What a caller may send, by the bounds of the contract. */
const given: fc.Arbitrary<TemplateVariables> = fc.record({
  code: fc.stringMatching(/^[0-9]{6}$/),
  challengeId: fc.uuid(),
  expiresInMinutes: fc.integer({ min: 1, max: 5 }),
  tenant: fc.constant('acme'),
  action: fc.option(
    fc.record({
      name: fc.string({ unit, minLength: 1, maxLength: 100 }),
      details: fc.record(
        {
          text: fc.string({ unit, maxLength: 300 }),
          number: fc.double({ noNaN: true }),
          list: fc.array(fc.oneof(fc.string({ unit, maxLength: 60 }), fc.integer()), { maxLength: 30 }),
        },
        { requiredKeys: [] },
      ),
    }),
  ),
  variables: fc
    .tuple(...['a', 'b'].map(() => fc.option(fc.string({ unit, maxLength: 400 }))))
    .map((values) =>
      Object.fromEntries(
        values.flatMap((value, index) =>
          value === null ? [] : [['ab'.charAt(index), value.slice(0, 512)] as const],
        ),
      ),
    ),
});

const literal = fc.oneof(
  fc.constantFrom('""', '"a"', '"x"', '"ab"', '"€€"', '"ж"', '"\u{1F600}"', '" "', '"."', '"bbbbbbbb"'),
  fc.integer({ min: -3, max: 30 }).map(String),
);
const variable = fc.constantFrom(
  'variables.a',
  'variables.b',
  'action.name',
  'action.details.text',
  'action.details.number',
  'action.details.list',
  'code',
  'expiresInMinutes',
  'tenant',
  's',
  't',
);
const argument = fc.oneof({ weight: 3, arbitrary: literal }, { weight: 1, arbitrary: variable });

const filter = fc.oneof(
  fc
    .constantFrom(
      'upcase',
      'downcase',
      'capitalize',
      'strip',
      'strip_newlines',
      'size',
      'round',
      'first',
      'last',
    )
    .map((name) => ` | ${name}`),
  fc
    .tuple(
      fc.constantFrom(
        'append',
        'prepend',
        'default',
        'remove',
        'remove_first',
        'plus',
        'times',
        'divided_by',
        'split',
        'join',
      ),
      argument,
    )
    .map(([name, one]) => ` | ${name}: ${one}`),
  fc
    .tuple(fc.constantFrom('replace', 'replace_first', 'replace_last'), argument, argument)
    .map(([name, one, other]) => ` | ${name}: ${one}, ${other}`),
  fc
    .tuple(fc.constantFrom('truncate', 'truncatewords'), fc.integer({ min: -1, max: 30 }), fc.option(literal))
    .map(([name, length, end]) => ` | ${name}: ${length}${end === null ? '' : `, ${end}`}`),
  fc.integer({ min: 0, max: 30 }).map((length) => ` | truncate: ${length}`),
  fc
    .tuple(fc.integer({ min: -9, max: 9 }), fc.option(fc.integer({ min: -1, max: 30 })))
    .map(([begin, length]) => ` | slice: ${begin}${length === null ? '' : `, ${length}`}`),
);
const value = fc
  .tuple(fc.oneof(variable, literal), fc.array(filter, { maxLength: 3 }))
  .map(([term, filters]) => term + filters.join(''));
const condition = fc.oneof(
  variable,
  fc.tuple(variable, fc.constantFrom('==', '!=', 'contains'), literal).map((terms) => terms.join(' ')),
);

const { text: body } = fc.letrec<{ node: string; text: string }>((tie) => ({
  text: fc.array(tie('node'), { maxLength: 3 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: fc.constantFrom('a', ' ', '€', 'ж', '\n'), maxLength: 40 }),
    value.map((shown) => `{{ ${shown} }}`),
    fc.tuple(fc.constantFrom('s', 't'), value).map(([name, set]) => `{% assign ${name} = ${set} %}`),
    fc
      .tuple(fc.constantFrom('if', 'unless'), condition, tie('text'), condition, tie('text'), tie('text'))
      .map(
        ([tag, when, one, or, two, three]) =>
          `{% ${tag} ${when} %}${one}{% elsif ${or} %}${two}{% else %}${three}{% end${tag} %}`,
      ),
    fc
      .tuple(variable, literal, tie('text'), literal, tie('text'), tie('text'))
      .map(
        ([target, first, one, second, two, three]) =>
          `{% case ${target} %}{% when ${first} %}${one}{% when ${second} %}${two}{% else %}${three}{% endcase %}`,
      ),
    fc
      .tuple(
        fc.constantFrom(
          '(1..3)',
          '(2..1)',
          'action.details.list limit: 2',
          'action.details.list',
          'variables.a',
        ),
        tie('text'),
      )
      .map(([over, round]) => `{% for t in ${over} %}${round}{% endfor %}`),
  ),
}));

describe('the most segments that an SMS can take', () => {
  it('are never exceeded by what is sent, whatever the template and its values', () => {
    let bounded = 0;
    let compared = 0;
    // What is set nowhere would have no value.
    const whole = body.map((text) => `{% assign s = "" %}{% assign t = "" %}{{ code }}${text}`);
    fc.assert(
      fc.property(whole, fc.constantFrom(null, 'acme.example'), given, (text, domain, values) => {
        fc.pre(tagLengths(text).length <= 250);
        const template = sms(text, domain);
        const most = bound(template);
        if (Number.isFinite(most)) bounded += 1;
        const sent = rendered(template, values);
        if (sent === undefined) return;
        compared += 1;
        expect(smsSegments(sent).segments).toBeLessThanOrEqual(most);
      }),
      { numRuns: RUNS },
    );
    expect(bounded).toBeGreaterThan(RUNS / 10);
    expect(compared).toBeGreaterThan(RUNS / 10);
  });

  it.each([
    ['{{ code }}', 1],
    [`{{ code }}${'a'.repeat(154)}`, 1],
    [`{{ code }}${'a'.repeat(155)}`, 2],
    [`{{ code }}${'a'.repeat(300)}`, 2],
    [`{{ code }}${'a'.repeat(301)}`, 3],
    [`{{ code }}${'ж'.repeat(64)}`, 1],
    ['{{ code }}{{ variables.a }}', 8],
    ['{{ code }}{{ variables.a | truncate: 32, "" }}', 1],
    ['{{ code }}{{ variables.a | truncate: 33, "" }}', 2],
    ['{{ code }}{{ action.details.a }}', Infinity],
    ['{{ code }}{{ variables.a | url_encode }}', Infinity],
  ])('of %j are %d', (text, most) => {
    expect(bound(sms(text))).toBe(most);
  });

  it('are what counts for a challenge where they are few enough; else its own message does', () => {
    const long = sms('{{ code }}{{ variables.a }}');
    const request = { locale: null, action: null, variables: { a: 'a' } };
    expect(smsSegmentsFor(long, FACTS, request, 8)).toBe(8);
    expect(smsSegmentsFor(long, FACTS, request, 2)).toBe(1);
    const longer = { ...request, variables: { a: 'ж'.repeat(512) } };
    expect(smsSegmentsFor(long, FACTS, longer, 2)).toBe(8);
  });
});

/** The text; undefined where the template refuses the values. */
function rendered(template: Template, values: TemplateVariables): string | undefined {
  try {
    return renderMessage(template, 'SMS_OTP', null, values).text;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
