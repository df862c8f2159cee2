import fc from 'fast-check';
import { valuesOf } from './openapi-arbitrary.js';
import type { OpenApiDocument, Operation } from './openapi-document.js';
import { mutations, textMutations } from './openapi-mutations.js';

/** A request to be made; a path parameter may name something that exists, by its number. */
export interface GeneratedRequest {
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
}

const ODD_SEGMENTS = [
  '%00',
  'a%2Fb',
  '%zz',
  '..',
  '.',
  '%2e%2e',
  '~',
  'x'.repeat(101),
  '%F0%9F%98%80',
  '-1',
  '0',
  '*',
  ';',
  "'",
  '%ED%A0%80',
  ':id',
  '{id}',
];
const ODD_QUERIES = [
  '?limit=0',
  '?limit=201',
  '?limit=1.5',
  '?limit=',
  '?limit=1&limit=2',
  '?limit[]=1',
  '?limit[a]=1',
  '?cursor=x',
  '?cursor=',
  '?cursor=%00',
  '?cursor=e30',
  '?cursor=W10',
  '?cursor=WyJhIiwiMSIsIngiLCJ5Il0',
  '?colour=1',
  '?__proto__=1',
  '?%zz',
  '?&&==',
  '?tenant=globex',
  `?cursor=${'x'.repeat(1_100)}`,
  '?limit=%D9%A3',
  '?limit=1e2',
];
const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'application/problem+json' },
  { 'content-type': ';' },
  { 'content-encoding': 'gzip' },
  { accept: 'text/html' },
  { accept: 'application/json;q=0' },
  { accept: ';;;,,,' },
  { 'accept-language': '\xff' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'é' },
  { 'idempotency-key': 'a b' },
  { 'idempotency-key': 'x'.repeat(256) },
  { 'if-match': '*' },
  { 'if-match': 'W/"1"' },
  { 'if-match': '"' },
  { 'if-match': ',,,' },
  { traceparent: '00-00000000000000000000000000000000-0000000000000000-00' },
  { 'x-tenant': 'globex', 'x-forwarded-for': "' OR 1=1" },
  { authorization: 'Bearer x' },
  { authorization: 'Basic eDp5' },
  { expect: '200-ok' },
  { te: 'trailers', connection: 'keep-alive, te' },
];

/** Requests for an operation: as the document has them, and broken in every part. */
export function requestsOf(document: OpenApiDocument, operation: Operation): fc.Arbitrary<GeneratedRequest> {
  return fc.record({
    parameters: parametersOf(operation),
    query: queriesOf(document, operation),
    headers: headersOf(document, operation),
    body: bodiesOf(document, operation),
  });
}

function parametersOf({ parameters = [] }: Operation): fc.Arbitrary<Record<string, string | number>> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const known = fc.nat({ max: 1_000 });
  const odd = fc.oneof(
    fc.constantFrom(...ODD_SEGMENTS),
    fc.uuid(),
    fc.webSegment({ size: 'small' }).filter(Boolean),
  );
  return fc.record(
    Object.fromEntries(
      inPath.map(({ name }) => [
        name,
        fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: odd }),
      ]),
    ),
  );
}

function queriesOf(document: OpenApiDocument, { parameters = [] }: Operation): fc.Arbitrary<string> {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const stated = fc
    .record(Object.fromEntries(inQuery.map(({ name, schema }) => [name, valuesOf(document, schema)])), {
      requiredKeys: [],
    })
    .map((query) => {
      const text = Object.entries(query).map(
        ([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`,
      );
      return text.length > 0 ? `?${text.join('&')}` : '';
    });
  return fc.oneof(
    { weight: 2, arbitrary: stated },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_QUERIES) },
  );
}

function headersOf(
  document: OpenApiDocument,
  { parameters = [] }: Operation,
): fc.Arbitrary<Record<string, string>> {
  const inHeader = parameters.filter((parameter) => parameter.in === 'header');
  const stated = fc.record<Record<string, string>>(
    Object.fromEntries(
      inHeader.map(({ name, schema }) => [
        name.toLowerCase(),
        name === 'If-Match'
          ? fc.constantFrom('*', '"1"')
          : valuesOf(document, schema).map((value) => String(value).replace(/[^\x21-\x7e]/g, '_')),
      ]),
    ),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string>>;
  return fc.oneof(
    { weight: 3, arbitrary: stated },
    {
      weight: 1,
      arbitrary: fc
        .tuple(stated, fc.constantFrom(...ODD_HEADERS))
        .map(([usual, odd]) => ({ ...usual, ...odd })),
    },
  );
}

function bodiesOf(
  document: OpenApiDocument,
  { requestBody }: Operation,
): fc.Arbitrary<string | Buffer | undefined> {
  const media = requestBody?.content['application/json'];
  if (!media) {
    return fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('{bad', '{}', 'x'.repeat(70_000)) },
    );
  }
  const examples = Object.values(media.examples ?? {}).map(({ value }) => value);
  const valid = fc.oneof(
    ...(examples.length > 0 ? [fc.constantFrom(...examples)] : []),
    valuesOf(document, media.schema),
  );
  const mutated = fc
    .tuple(valid, fc.array(fc.tuple(mutations, fc.nat()), { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce((changed, [mutate, at]) => mutate(changed, at), value))
    .map(serialised);
  return fc.oneof(
    { weight: 3, arbitrary: valid.map(serialised) },
    { weight: 6, arbitrary: mutated },
    {
      weight: 2,
      arbitrary: fc.tuple(valid.map(serialised), textMutations).map(([text, mutate]) => mutate(text)),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function serialised(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
