import fc from 'fast-check';
import { type OpenApiDocument, resolve, type Schema } from './openapi-document.js';

/** Values that keep to a schema: those of its examples, and any other; properties that are read only are left out. */
export function valuesOf(document: OpenApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const resolved = resolve(document, schema);
  const generated = generate(document, resolved);
  return resolved.example === undefined
    ? generated
    : fc.oneof({ weight: 2, arbitrary: fc.constant(resolved.example) }, { weight: 1, arbitrary: generated });
}

function generate(document: OpenApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valuesOf(document, one)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type ?? []].flat();
  return fc.oneof(...types.map((type) => ofType(document, type, schema)));
}

function ofType(document: OpenApiDocument, type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 });
    case 'string':
      return text(schema);
    case 'array':
      return fc.array(valuesOf(document, schema.items!), { maxLength: Math.min(schema.maxItems ?? 5, 5) });
    default:
      return object(document, schema);
  }
}

function text({ pattern, minLength = 0, maxLength = 64, format }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  const bound = Math.min(maxLength, 64);
  if (pattern === undefined) return fc.string({ minLength, maxLength: bound });
  // fast-check knows no look-ahead; what it would exclude is filtered out instead.
  const withoutLookAhead = pattern.replace(/\(\?[=!][^)]*\)/g, '');
  return fc
    .stringMatching(new RegExp(withoutLookAhead), { maxLength: bound })
    .filter((made) => made.length >= minLength && new RegExp(pattern).test(made));
}

function object(document: OpenApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties, maxProperties = 5 } = schema;
  if (!properties) {
    if (additionalProperties === false) return fc.constant({});
    const values =
      typeof additionalProperties === 'object' ? valuesOf(document, additionalProperties) : fc.jsonValue();
    const keys = fc.oneof(fc.constantFrom('en', 'nl-BE', 'name'), fc.string({ maxLength: 12 }));
    return fc.dictionary(keys, values, { maxKeys: Math.min(maxProperties, 4) });
  }
  const writable = Object.entries(properties).filter(([, property]) => property.readOnly !== true);
  return fc.record(
    Object.fromEntries(writable.map(([name, property]) => [name, valuesOf(document, property)])),
    { requiredKeys: required as never[] },
  );
}
