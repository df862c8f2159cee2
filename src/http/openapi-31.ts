import type { OpenAPIObject } from '@nestjs/swagger';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Brings what the decorators produce to JSON Schema 2020-12, as OpenAPI 3.1 has it: null is a type, and objects
 * are closed unless they say otherwise.
 */
export function toOpenApi31(document: OpenAPIObject): OpenAPIObject {
  return convert(document as unknown as Json) as unknown as OpenAPIObject;
}

function convert(value: Json): Json {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const converted = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'example' || key === 'examples' ? member : convert(member),
    ]),
  );
  return close(admitNull(converted));
}

function admitNull({ nullable, ...schema }: Record<string, Json>): Record<string, Json> {
  if (nullable !== true) return schema;
  if (typeof schema['type'] === 'string') {
    const values = schema['enum'];
    return {
      ...schema,
      type: [schema['type'], 'null'],
      ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
    };
  }
  const { allOf, $ref, ...rest } = schema;
  const target = (Array.isArray(allOf) ? allOf[0] : undefined) ?? { $ref: $ref ?? '' };
  return { ...rest, anyOf: [target, { type: 'null' }] };
}

function close(schema: Record<string, Json>): Record<string, Json> {
  const isObject = schema['type'] === 'object' && 'properties' in schema;
  return isObject && !('additionalProperties' in schema)
    ? { ...schema, additionalProperties: false }
    : schema;
}
