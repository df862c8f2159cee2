import fc from 'fast-check';

/** Values that break most schemas, or whoever reads them. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  ' ',
  'x'.repeat(600),
  'x'.repeat(20_000),
  '\0',
  'a\r\nBcc: b@example.com',
  '\ud800',
  'a\udfffb',
  '😀'.repeat(200),
  '\u202e\u0000\u2028',
  '{{ code }}',
  "'; DROP TABLE challenge; --",
  '%00',
  '../../etc/passwd',
  [],
  [[]],
  {},
  [null],
  { length: 1e9 },
  { toString: null },
  { then: 'x' },
];

const KEYS = [
  'colour',
  'constructor',
  'toString',
  'hasOwnProperty',
  'prototype',
  'then',
  '',
  ' ',
  '\0',
  '\ud800',
  'k'.repeat(300),
  '0',
  'tenant',
  'tenantId',
];

type Step = string | number;
type Mutation = (value: unknown, at: number) => unknown;

/** Changes to a JSON value, each somewhere in it. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constantFrom(...JUNK).map((junk) => (value: unknown, at: number) => replaced(value, at, () => junk)),
  fc
    .jsonValue({ maxDepth: 4 })
    .map((junk) => (value: unknown, at: number) => replaced(value, at, () => junk)),
  fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...JUNK)).map(
    ([key, junk]) =>
      (value: unknown, at: number) =>
        replaced(value, at, (there) => withKey(there, key, junk)),
  ),
  fc.constant((value: unknown, at: number) => replaced(value, at, withoutKey)),
  fc.constant((value: unknown, at: number) => replaced(value, at, doubled)),
  fc
    .integer({ min: 15, max: 60 })
    .map((depth) => (value: unknown, at: number) => replaced(value, at, () => nested(depth))),
);

/** Changes to the text of a body. */
export const textMutations: fc.Arbitrary<(text: string) => string | Buffer> = fc.constantFrom(
  (text: string) => text.slice(0, Math.floor(text.length / 2)),
  (text: string) => `${text},`,
  (text: string) => `\ufeff${text}`,
  (text: string) => text.replace('{', '{"policyAlias":1,"alias":1,"answer":1,'),
  (text: string) => text.replace('{', '{"__proto__":{"admin":true},'),
  (text: string) => text.replace('{', '{"__proto__":null,"constructor":{"prototype":{"admin":true}},'),
  (text: string) => text.replace('{', '{"n":1e999,'),
  (text: string) => text.replace('{', '{"n":-0,'),
  (text: string) => ' '.repeat(66_000) + text,
  (text: string) => '['.repeat(60_000) + text,
  (text: string) => '{"a":'.repeat(10_000) + text,
  (text: string) => text.replaceAll('"', "'"),
  (text: string) =>
    Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from('"}')]),
  (text: string) => Buffer.from(text, 'utf16le'),
  () => '',
  () => 'null',
  () => '"text"',
  () => '[]',
  () => '[{}]',
  () => '12',
  () => '\0',
  () => '{}{}',
);

function replaced(value: unknown, at: number, by: (there: unknown) => unknown): unknown {
  const places = placesOf(value);
  return put(value, places[at % places.length]!, by);
}

function placesOf(value: unknown): Step[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, member]) => placesOf(member).map((rest) => [key, ...rest])),
  ];
}

function put(value: unknown, [step, ...rest]: readonly Step[], by: (there: unknown) => unknown): unknown {
  if (step === undefined) return by(value);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (String(index) === String(step) ? put(item, rest, by) : item));
  }
  const members = value as Record<string, unknown>;
  return { ...members, [step]: put(members[String(step)], rest, by) };
}

function withKey(there: unknown, key: string, junk: unknown): unknown {
  return typeof there === 'object' && there !== null && !Array.isArray(there)
    ? { ...there, [key]: junk }
    : junk;
}

function withoutKey(there: unknown): unknown {
  if (typeof there !== 'object' || there === null) return undefined;
  return Object.fromEntries(Object.entries(there).slice(1));
}

function doubled(there: unknown): unknown {
  if (typeof there === 'string') return there.repeat(40);
  if (typeof there === 'number') return there * 1_000_003;
  return Array.isArray(there)
    ? Array.from({ length: 600 }, () => (there as unknown[])[0] ?? 'x')
    : [there, there];
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}
